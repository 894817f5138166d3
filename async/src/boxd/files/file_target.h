/*
 * file_target.h: the local file that a download goes to. The disk thread writes to a temporary file beside
 * it, which replaces it once everything is there, so that no other program sees an incomplete file.
 *
 * Core thread, unless a function says otherwise. While `busy` the file belongs to the disk thread.
 */
#ifndef BOXD_FILE_TARGET_H
#define BOXD_FILE_TARGET_H

#include "boxd/client/request.h"

#include <protobuf-c/protobuf-c.h>

typedef struct file_target file_target;

struct file_target {
    request *owner;
    /* The wanted file, with links resolved; NULL: there is none. The temporary one; NULL: it is not made. */
    char *path, *temporary;
    /* Of the temporary file; -1: none. */
    int fd;
    bool busy;
    /* The temporary file is to replace the wanted one. */
    bool commits;
    loop_task task;
    /* Being written. */
    ProtobufCBinaryData data;
    /* Run when the disk thread is done: after file_target_store(); after file_target_close(). */
    void (*stored)(file_target *t);
    void (*closed)(file_target *t);
    /* What failed; BOXD_OK: nothing. */
    boxd_error failure;
};

/* Without a path. Any thread. */
void file_target_init(file_target *t, request *owner, void (*stored)(file_target *t),
                      void (*closed)(file_target *t));

/* Any thread. */
void file_target_set_path(file_target *t, const char *path, boxd_error *error);

/* Writes `data`, which stays until stored() follows. False: `failure` is set. */
bool file_target_store(file_target *t, ProtobufCBinaryData data);

/* Lets the temporary file replace the wanted one, if `commits` and nothing has failed; else removes it.
 * False: no file was made, and if it commits `failure` is set; else closed() follows. */
bool file_target_close(file_target *t, bool commits);

/* Frees what it holds. Any thread; not while busy. */
void file_target_clear(file_target *t);

#endif
