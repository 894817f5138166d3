/*
 * entry_path.h: paths of entries in an archive, which may be hostile. Pure.
 */
#ifndef BOXD_ENTRY_PATH_H
#define BOXD_ENTRY_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Removes empty and "." components, in place: "./a//b/" becomes "a/b". False: the path is absolute or has a
 * component "..", so it may lead out of the directory. */
bool entry_path_clean(char *path);

/* Whether the path `path` of `size` bytes is `dir`, or lies below it. Both are clean. */
bool entry_path_is_below(const char *path, size_t size, const char *dir, size_t dir_size);

/* Undoes the escapes of GNU utilities ("\n", "\303"), in place. */
void entry_path_unescape(char *path);

#endif
