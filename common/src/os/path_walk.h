/* path_walk.h: the functions of paths.h with functions of POSIX only. Disk thread. */
#ifndef BOXD_OS_PATH_WALK_H
#define BOXD_OS_PATH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* As the functions of paths.h. */
bool path_walk_leads_to_descriptor(const char *path);
bool path_walk_is_mount_point(const char *path);
int path_walk_open_beneath(int root, const char *path);
bool path_walk_stat_beneath(int root, const char *path, bool follows, struct stat *status, char *target,
                            size_t size);

#endif
