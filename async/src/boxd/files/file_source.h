/*
 * file_source.h: the contents that an upload sends: bytes in memory, or a local file that the disk thread
 * reads piece by piece.
 *
 * Core thread, unless a function says otherwise. The piece belongs to the disk thread while a read
 * is pending.
 */
#ifndef BOXD_FILE_SOURCE_H
#define BOXD_FILE_SOURCE_H

#include "boxd/client/request.h"

#include <boxd/aio/compute.h>

typedef struct file_source file_source;

struct file_source {
    /* The subject of messages: the request, and the path in the box. Both outlive the source. */
    request *owner;
    const char *path;
    /* Bytes of the whole contents. */
    uint64_t size;
    /* One of them: the bytes of the program or a copy; or a descriptor, else -1. */
    const char *data;
    char *copy;
    int fd;
    /* Releases the program's bytes, or NULL. */
    boxd_release_cb release;
    void *release_data;
    /* Called when a pending read is over: the piece is read, or `failure` is set. */
    void (*fetched)(file_source *s);
    bool read_pending;
    loop_task task;
    /* For a file: the piece, the number of bytes wanted and read, and the offset of the piece. */
    char *piece;
    size_t wanted, piece_size;
    uint64_t offset;
    /* Why a piece could not be read; BOXD_OK: nothing failed. */
    boxd_error failure;
};

/* Any thread. */
void file_source_init(file_source *s, request *owner, const char *path, void (*fetched)(file_source *s));

/* Opens a local file. Devices and pipes are refused, since their size is not known. Any thread. */
void file_source_open(file_source *s, const char *local_path, boxd_error *error);

/* The contents are the first `size` bytes of the file `fd`, which file_source_close() closes. Any thread. */
void file_source_take(file_source *s, int fd, uint64_t size);

/* The contents are `data`, which is copied if `copies`. Any thread. */
void file_source_set(file_source *s, const void *data, size_t size, bool copies, boxd_error *error);

/* Fetches `wanted` bytes at `offset`. True: they are available, or `failure` is set. False: fetched()
 * follows. No read may be pending. */
bool file_source_fetch(file_source *s, uint64_t offset, size_t wanted);

/* The bytes that were fetched. Freed with file_source_drop(), once they are packed. */
const char *file_source_piece(const file_source *s);
void file_source_drop(file_source *s);

/* Closes the file, or releases the program's bytes. No read may be pending. Any thread. */
void file_source_close(file_source *s);

#endif
