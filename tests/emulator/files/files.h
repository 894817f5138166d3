/*
 * files.h: shared by the file RPCs. Everything but file_code and file_path runs on a worker, which owns the
 * arena and the error of the call meanwhile.
 */
#ifndef EMULATOR_FILES_FILES_H
#define EMULATOR_FILES_FILES_H

#include <sys/types.h>

#include "rpc/methods.h"
#include "sandbox/sandbox.h"

#define BOX_HOME "/home/boxd"

enum { FILE_WHY_BYTES = 400 };

extern const rpc_handler file_rpcs[], file_stream_rpcs[], directory_rpcs[];

/* The gRPC code for an errno value of a file operation. */
int file_code(int error);

/* `path`, or BOX_HOME/path if it is relative. In the arena. NULL and an error in the call if it is empty. */
const char *file_path(call *c, const char *path);

typedef struct {
    /* -1: not open. */
    int fd;
    char *target;
    /* NULL: writes to the target directly (a device, for example). */
    char *temporary;
    uint64_t written;
} upload_file;

/* 0 or an errno value, with a message in `why` (FILE_WHY_BYTES). Every open needs a close, also an open that
 * failed. Close renames the temporary file to the target (`keep`) or removes it. */
int file_upload_open(sandbox *s, const char *target, upload_file *u, char *why);
int file_upload_write(upload_file *u, const uint8_t *data, size_t size, char *why);
int file_upload_close(sandbox *s, upload_file *u, bool keep, char *why);

/* Frees the struct and leaves the files as they are. Any thread; idempotent. */
void file_upload_free(upload_file *u);

/* The bytes_written of the reply, which a fault may replace. */
uint64_t file_reported_bytes(const call *c, uint64_t written);

/* 0 or a gRPC code, with the message in the call. */
int file_open_to_read(call *c, sandbox *s, const char *path, int *fd, uint64_t *size);

/* Fills the buffer, or stops at the end of the file. Negative: see errno. */
ssize_t file_read_full(int fd, uint8_t *buffer, size_t size);

#endif
