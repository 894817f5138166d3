/*
 * files.h: what the file RPCs share. Everything but file_code and file_path runs on a worker, which owns the
 * call's arena and error meanwhile.
 */
#ifndef EMULATOR_FILES_FILES_H
#define EMULATOR_FILES_FILES_H

#include <sys/types.h>

#include "rpc/call.h"
#include "sandbox/sandbox.h"

#define BOX_HOME "/home/boxd"

enum { FILE_WHY_BYTES = 400 };

/* The gRPC code for an errno value of a file operation. */
int file_code(int error);

/* `path`, or BOX_HOME/path if it is relative. In the arena. NULL and an error in the call if it is empty. */
const char *file_path(call *c, const char *path);

typedef struct {
    int fd;                   /* -1: not open */
    char *target, *temporary; /* no temporary: written in place (devices and the like) */
    uint64_t written;
} upload_file;

/* 0 or an errno value, with a sentence in `why` (FILE_WHY_BYTES). Every open needs its close, also a failed
 * one; it puts the file in its place (`keep`), or away. */
int file_upload_open(sandbox *r, const char *target, upload_file *u, char *why);
int file_upload_write(upload_file *u, const uint8_t *data, size_t size, char *why);
int file_upload_close(sandbox *r, upload_file *u, bool keep, char *why);

void file_upload_forget(
    upload_file *u); /* without the sandbox: what is there stays. Any thread; idempotent */

/* bytes_written as the answer shall say it: a fault may lie. */
uint64_t file_reported_bytes(const call *c, uint64_t written);

/* 0 or a gRPC code, with the sentence in the call. */
int file_open_to_read(call *c, sandbox *r, const char *path, int *fd, uint64_t *size);

/* Fills the buffer, or stops at the end of the file. Negative: errno tells. */
ssize_t file_read_full(int fd, uint8_t *buffer, size_t size);

#endif
