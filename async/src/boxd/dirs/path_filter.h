/*
 * path_filter.h: the patterns that choose which entries of a directory are transferred. Pure; any thread.
 */
#ifndef BOXD_PATH_FILTER_H
#define BOXD_PATH_FILTER_H

#include <stdbool.h>

typedef struct path_filter {
    /* Copies that end with NULL; or NULL. */
    char **include, **exclude;
} path_filter;

/* Copies the patterns. False: out of memory; path_filter_free() frees what was copied. */
bool path_filter_init(path_filter *f, const char *const *include, const char *const *exclude);
void path_filter_free(path_filter *f);

/* Whether the entry itself is excluded. `path` is relative to the directory. */
bool path_filter_excludes(const path_filter *f, const char *path);

/* Whether the entry or a directory above it is excluded. `path` is changed meanwhile. */
bool path_filter_excludes_below(const path_filter *f, char *path);

/* Whether there are patterns that a file has to match; and whether the entry matches one of these patterns,
 * or no such pattern exists. */
bool path_filter_is_selective(const path_filter *f);
bool path_filter_includes(const path_filter *f, const char *path);

#endif
