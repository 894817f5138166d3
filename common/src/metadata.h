/*
 * metadata.h: names and values that a program sends with its calls. Pure.
 */
#ifndef BOXD_METADATA_H
#define BOXD_METADATA_H

#include <boxd/observe.h>

/* Servers accept headers of 8 KiB or more, which include the token. */
enum { METADATA_MAX_COUNT = 32, METADATA_MAX_BYTES = 4096 };

/* Zeroed: empty. */
struct boxd_metadata {
    size_t count, bytes;
    /* "name=value" strings that end with NULL. Values may be secrets. */
    char *words[METADATA_MAX_COUNT + 1];
    size_t name_sizes[METADATA_MAX_COUNT];
};

static inline const char *metadata_value(const boxd_metadata *m, size_t i)
{
    return m->words[i] + m->name_sizes[i] + 1;
}

/* Makes `m` empty. */
void metadata_init(boxd_metadata *m);

/* Checks and copies one entry. */
boxd_status metadata_add(boxd_metadata *m, const char *name, size_t name_size, const char *value,
                         boxd_error *error);

/* The same for "name=value" strings that end with NULL; `words` may be NULL. */
boxd_status metadata_add_words(boxd_metadata *m, const char *const *words, boxd_error *error);

void metadata_clear(boxd_metadata *m);

/* Checks and copies the strings into new memory. NULL: `error` is set. */
boxd_metadata *metadata_new(const char *const *words, boxd_error *error);
void metadata_free(boxd_metadata *m);

#endif
