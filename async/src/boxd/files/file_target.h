/*
 * file_target.h: the local file that a download goes to. The disk thread writes to a temporary file beside
 * it, which replaces it once everything is there, so that no other program sees an incomplete file.
 *
 * Core thread, unless a function says otherwise. While `busy` the file belongs to the disk thread.
 */
#ifndef BOXD_FILE_TARGET_H
#define BOXD_FILE_TARGET_H

#include "boxd/client/request.h"

typedef struct file_target file_target;

struct file_target {
    request *owner;
    /* The path of the target, with links resolved; NULL: no target. The path of the temporary file; NULL:
     * not created. */
    char *path, *temporary;
    /* The descriptor of the temporary file; -1: none. */
    int fd;
    bool busy;
    /* The temporary file is to replace the target. */
    bool commits;
    loop_task task;
    /* The data that is being written. */
    const char *data;
    size_t size;
    /* Called when the disk thread is done: after file_target_store(); after file_target_close(). */
    void (*stored)(file_target *t);
    void (*closed)(file_target *t);
    /* The failure of an operation on the files; BOXD_OK: none. */
    boxd_error failure;
};

/* Without a path. Any thread. */
void file_target_init(file_target *t, request *owner, void (*stored)(file_target *t),
                      void (*closed)(file_target *t));

/* Any thread. */
void file_target_set_path(file_target *t, const char *path, boxd_error *error);

/* Writes `size` bytes of `data`, which stays until stored() follows. False: `failure` is set. */
bool file_target_store(file_target *t, const char *data, size_t size);

/* Replaces the target by the temporary file if `commits` and nothing has failed; else removes the temporary
 * file. False: no file was made, and if it commits `failure` is set; else closed() follows. */
bool file_target_close(file_target *t, bool commits);

/* Frees the members. Any thread; not while busy. */
void file_target_clear(file_target *t);

#endif
