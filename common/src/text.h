/*
 * text.h: growing text. Out of memory is remembered: check once, at text_take().
 */
#ifndef BOXD_TEXT_H
#define BOXD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text {
    char *data; /* NUL-terminated once anything was added */
    size_t size;
    size_t capacity;
    bool failed;
} text;

#define TEXT_INIT                                                                                            \
    {                                                                                                        \
        0                                                                                                    \
    }

void text_add(text *t, const char *words);
void text_add_bytes(text *t, const void *bytes, size_t size);

/* Makes room for `size` bytes in all. */
void text_reserve(text *t, size_t size);

/* Gives the text away ("" when nothing was added); NULL when memory ran out. `t` is empty afterwards. */
char *text_take(text *t);

void text_free(text *t);

#endif
