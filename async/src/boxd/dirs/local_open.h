/*
 * local_open.h: opens local entries without leaving a directory. Disk thread.
 */
#ifndef BOXD_LOCAL_OPEN_H
#define BOXD_LOCAL_OPEN_H

#include "boxd/dirs/tree_entry.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the file or directory to which `path` leads, following links, for reading. -1 and errno: EXDEV if the
 * path leads out of the directory `root`, ENXIO if it leads to a device, a pipe or a socket, which is not
 * opened. */
int local_open_beneath(int root, const char *path);

/* Fills `e` for the entry at `path`, without its path. With `follows` links are followed beneath `root`, else
 * a link is an entry, and a path through a link leads nowhere. `target`, of `size` bytes, gets the target of
 * a link. False: there is no such entry. */
bool local_stat(int root, const char *path, bool follows, tree_entry *e, char *target, size_t size);

#endif
