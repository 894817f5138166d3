/* paths.h: what a path leads to, and opening without leaving a directory. Disk thread. */
#ifndef BOXD_OS_PATHS_H
#define BOXD_OS_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Whether a link of the path leads to an open descriptor, as /dev/stdout does. */
bool path_leads_to_descriptor(const char *path);

/* Whether another file or file system is mounted on `path`. */
bool path_is_mount_point(const char *path);

/* Opens the file or directory to which `path` leads, following links, for reading. -1 and errno: EXDEV if the
 * path leads out of the directory `root`, ENXIO if it leads to a device, a pipe or a socket, which is not
 * opened. */
int path_open_beneath(int root, const char *path);

/* Fills `status` for the entry at `path`. With `follows` links are followed beneath `root`, else a link is an
 * entry, and a path through a link leads nowhere. `target`, of `size` bytes, gets the target of a link, or
 * "". False: there is no such entry. */
bool path_stat_beneath(int root, const char *path, bool follows, struct stat *status, char *target,
                       size_t size);

#endif
