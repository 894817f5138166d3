/*
 * file_target.h: the local file that a download goes to. The disk thread writes to a temporary file beside
 * it, which replaces it once everything is there, so that no other program sees an incomplete file. If it
 * cannot be replaced, the disk thread writes to the file itself, if the program allows that.
 *
 * Core thread, unless a function says otherwise. While `busy` the file belongs to the disk thread.
 */
#ifndef BOXD_FILE_TARGET_H
#define BOXD_FILE_TARGET_H

#include "boxd/client/request.h"
#include "boxd/files/file_place.h"

#include <stdatomic.h>

typedef struct file_target file_target;

struct file_target {
    request *owner;
    /* The path of the program; NULL: no path. */
    char *path;
    /* A file that cannot be replaced may be written in place. */
    bool in_place;
    file_place place;
    /* The path of the temporary file; NULL: not created. */
    char *temporary;
    /* The descriptor of the file that is written to; -1: none. `borrowed`: the owner opened and closes it. */
    int fd;
    bool borrowed;
    bool busy;
    /* The temporary file is to replace the target. */
    bool commits;
    /* Any thread: the disk thread no longer waits for a pipe. */
    atomic_bool stopped;
    loop_task task;
    /* The data that is being written, and how much of it was. */
    const char *data;
    size_t size, written;
    /* Called when the disk thread is done: after file_target_open(), file_target_store() and
     * file_target_close(). */
    void (*opened)(file_target *t);
    void (*stored)(file_target *t);
    void (*closed)(file_target *t);
    void (*done)(file_target *t);
    /* The failure of an operation on the files; BOXD_OK: none. */
    boxd_error failure;
};

/* Without a file. Any thread. */
void file_target_init(file_target *t, request *owner);

/* Sets the file: a path, or a descriptor of a regular file. Any thread. */
void file_target_set_path(file_target *t, const char *path, boxd_error *error);
void file_target_set_fd(file_target *t, int fd);

/* Whether there is a file. */
static inline bool file_target_is_set(const file_target *t)
{
    return t->path || t->borrowed;
}

/* Finds out whether the file can be written, before anything is sent, and creates the temporary file.
 * opened() follows. False: `failure` is set. */
bool file_target_open(file_target *t);

/* Writes `size` bytes of `data`, which stays until stored() follows. False: `failure` is set. */
bool file_target_store(file_target *t, const char *data, size_t size);

/* Ends a wait for a pipe that no program reads. */
void file_target_stop(file_target *t);

/* Replaces the target by the temporary file if `commits` and nothing has failed; else removes the temporary
 * file. False: nothing was opened, and if it commits `failure` is set; else closed() follows. */
bool file_target_close(file_target *t, bool commits);

/* Frees the members. Any thread; not while busy. */
void file_target_clear(file_target *t);

#endif
