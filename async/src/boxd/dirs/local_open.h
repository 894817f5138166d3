/*
 * local_open.h: opens local files without leaving a directory. Disk thread.
 */
#ifndef BOXD_LOCAL_OPEN_H
#define BOXD_LOCAL_OPEN_H

/* Opens the file or directory to which `path` leads, following links, for reading. -1 and errno: EXDEV if the
 * path leads out of the directory `root`, ENXIO if it leads to a device, a pipe or a socket, which is not
 * opened. */
int local_open_beneath(int root, const char *path);

#endif
