/*
 * record.h: a result in one allocation: the struct, then the text it points to.
 */
#ifndef BOXD_RECORD_H
#define BOXD_RECORD_H

#include <stddef.h>

/* Collects what the text of a record needs: call once for each string, in any order. */
size_t record_text_size(const char *text);

typedef struct record {
    void *data; /* NULL: out of memory */
    char *text; /* where the next string goes */
} record;

/* A zeroed struct of `size` bytes, followed by room for `text_size`. Freed with mem_free(). */
record record_new(size_t size, size_t text_size);

/* Copies `text` into the record. NULL for NULL and "": not populated. */
const char *record_text(record *r, const char *text);

#endif
