/*
 * file_place.h: the place of a local file that is to be written: whether a new file can replace what is
 * there. Disk thread.
 */
#ifndef BOXD_FILE_PLACE_H
#define BOXD_FILE_PLACE_H

#include <boxd/error.h>

#include <stdbool.h>
#include <sys/types.h>

typedef struct file_place {
    /* The path, with links resolved; allocated. */
    char *path;
    /* The permissions of the file that is replaced; 0: no file is replaced. */
    mode_t mode;
    /* Why the file cannot be replaced: it is written in place. NULL: it can. */
    const char *obstacle;
    /* In place: the bytes come after those that are there, since another program has opened the file. */
    bool appends;
} file_place;

/* Looks at `path`. Fails if there is something that is not written to in any way: a directory, a socket, a
 * link that leads nowhere. */
boxd_status file_place_find(file_place *p, const char *path, boxd_error *error);

/* Makes a new file in the directory of the place, with the permissions of the file that it replaces. Returns
 * its descriptor; `temporary` gets its path, allocated. -1: `p->obstacle` is set, or `error` is. */
int file_place_make(file_place *p, char **temporary, boxd_error *error);

/* Opens the file itself. -1 and errno; EAGAIN: a pipe that nothing reads yet. */
int file_place_open(const file_place *p);

void file_place_clear(file_place *p);

#endif
