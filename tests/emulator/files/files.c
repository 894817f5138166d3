/*
 * files.c: UploadFile and DownloadFile, and the file access that file_streams.c shares. File system work runs
 * on a worker.
 */
#include "files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/differ.h"
#include "machine/machines.h"

static const struct {
    int error, code;
} error_codes[] = {
    {ENOENT, GRPC_STATUS_NOT_FOUND},
    {EACCES, GRPC_STATUS_PERMISSION_DENIED},
    {EPERM, GRPC_STATUS_PERMISSION_DENIED},
    {EROFS, GRPC_STATUS_PERMISSION_DENIED},
    {EEXIST, GRPC_STATUS_ALREADY_EXISTS},
    {EISDIR, GRPC_STATUS_FAILED_PRECONDITION},
    {ENOTDIR, GRPC_STATUS_FAILED_PRECONDITION},
    {ENOTEMPTY, GRPC_STATUS_FAILED_PRECONDITION},
    {EBUSY, GRPC_STATUS_FAILED_PRECONDITION},
    {ENAMETOOLONG, GRPC_STATUS_INVALID_ARGUMENT},
    {EINVAL, GRPC_STATUS_INVALID_ARGUMENT},
    {ELOOP, GRPC_STATUS_INVALID_ARGUMENT},
    {ENOSPC, GRPC_STATUS_RESOURCE_EXHAUSTED},
    {EDQUOT, GRPC_STATUS_RESOURCE_EXHAUSTED},
};

int file_code(int error)
{
    for (size_t i = 0; i < count_of(error_codes); i++) {
        if (error_codes[i].error == error)
            return error_codes[i].code;
    }
    return GRPC_STATUS_INTERNAL;
}

const char *file_path(call *c, const char *path)
{
    if (path[0] == '\0') {
        call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the path is empty");
        return NULL;
    }
    return path[0] == '/' ? path : arena_printf(&c->memory, "%s/%s", BOX_HOME, path);
}

/* ---- writing, on a worker ---- */

/*
 * An upload is written to a temporary file in the same directory and renamed to the target at the end: an
 * upload that fails leaves the old file.
 */

static char *temporary_name(const char *target)
{
    static atomic_uint counter;
    const char *slash = strrchr(target, '/');
    return xprintf("%.*s/.boxd-upload-%u", (int)(slash - target), target, atomic_fetch_add(&counter, 1));
}

/* Refuses a directory, keeps the permissions of an existing file, writes to a device directly. */
static int inspect_target(sandbox *s, const char *target, mode_t *mode, bool *in_place, char *why)
{
    int fd;
    *mode = 0644;
    *in_place = false;
    if (sandbox_open(s, target, O_RDONLY | O_NONBLOCK, 0, false, &fd, why, FILE_WHY_BYTES) != 0)
        return 0; /* most likely absent; another error recurs when the file is created */
    struct stat status;
    int error = fstat(fd, &status) == 0 ? 0 : errno;
    close(fd);
    if (error == 0 && S_ISDIR(status.st_mode)) {
        (void)snprintf(why, FILE_WHY_BYTES, "%s is a directory", target);
        return EISDIR;
    }
    *in_place = !S_ISREG(status.st_mode);
    if (!*in_place)
        *mode = status.st_mode & 07777;
    return error;
}

int file_upload_open(sandbox *s, const char *target, upload_file *u, char *why)
{
    mode_t mode;
    bool in_place;
    u->fd = -1;
    u->target = xstrdup(target);
    size_t length = strlen(target);
    if (target[length - 1] == '/') {
        (void)snprintf(why, FILE_WHY_BYTES, "%s is not a file name", target);
        return EISDIR;
    }
    int error = inspect_target(s, target, &mode, &in_place, why);
    if (error != 0)
        return error;
    if (in_place)
        return sandbox_open(s, target, O_WRONLY | O_TRUNC, 0, false, &u->fd, why, FILE_WHY_BYTES);
    u->temporary = temporary_name(target);
    error =
        sandbox_open(s, u->temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644, true, &u->fd, why, FILE_WHY_BYTES);
    if (error == 0 && fchmod(u->fd, mode) != 0)
        error = errno;
    if (error != 0)
        (void)snprintf(why, FILE_WHY_BYTES, "cannot write %s: %s", target, error_text(error));
    return error;
}

int file_upload_write(upload_file *u, const uint8_t *data, size_t size, char *why)
{
    while (size > 0) {
        ssize_t n = write(u->fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int error = errno;
            (void)snprintf(why, FILE_WHY_BYTES, "cannot write %s: %s", u->target, error_text(error));
            return error;
        }
        data += n;
        size -= (size_t)n;
        u->written += (uint64_t)n;
    }
    return 0;
}

void file_upload_free(upload_file *u)
{
    if (u->fd >= 0)
        close(u->fd);
    free(u->temporary);
    free(u->target);
    *u = (upload_file){.fd = -1};
}

int file_upload_close(sandbox *s, upload_file *u, bool keep, char *why)
{
    int error = 0;
    char ignored[FILE_WHY_BYTES];
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
    if (u->temporary != NULL && keep)
        error = sandbox_rename(s, u->temporary, u->target, why, FILE_WHY_BYTES);
    if (u->temporary != NULL && (!keep || error != 0))
        (void)sandbox_remove(s, u->temporary, ignored, sizeof ignored);
    file_upload_free(u);
    return error;
}

uint64_t file_reported_bytes(const call *c, uint64_t written)
{
    if (differs(DIFFER_BYTES_WRITTEN))
        return 0;
    return c->fault.active && c->fault.bytes_written >= 0 ? (uint64_t)c->fault.bytes_written : written;
}

/* ---- UploadFile, DownloadFile ---- */

static int upload_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__UploadFileRequest *request = (const BoxdPb__UploadFileRequest *)message;
    upload_file u = {.fd = -1};
    char why[FILE_WHY_BYTES] = "";
    int error = file_upload_open(s, file_path(c, request->path), &u, why);
    if (error == 0)
        error = file_upload_write(&u, request->data.data, request->data.len, why);
    uint64_t written = u.written;
    int close_error = file_upload_close(s, &u, error == 0, why);
    if (error == 0)
        error = close_error;
    if (error != 0)
        return call_error(c, file_code(error), "%s", why);
    ((BoxdPb__UploadFileResponse *)out)->bytes_written = file_reported_bytes(c, written);
    return 0;
}

static int upload_unary(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__UploadFileRequest *request = (const BoxdPb__UploadFileRequest *)message;
    (void)reply;
    if (file_path(c, request->path) == NULL)
        return GRPC_STATUS_INVALID_ARGUMENT;
    return machine_run(c, request->vm_id, upload_work);
}

int file_open_to_read(call *c, sandbox *s, const char *path, int *fd, uint64_t *size)
{
    char why[FILE_WHY_BYTES] = "";
    struct stat status;
    path = file_path(c, path);
    if (path == NULL)
        return GRPC_STATUS_INVALID_ARGUMENT;
    int error = sandbox_open(s, path, O_RDONLY | O_NONBLOCK, 0, false, fd, why, sizeof why);
    if (error != 0)
        return call_error(c, file_code(error), "%s", why);
    if (fstat(*fd, &status) != 0 || S_ISDIR(status.st_mode)) {
        close(*fd);
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "%s is a directory", path);
    }
    *size = (uint64_t)status.st_size;
    return 0;
}

ssize_t file_read_full(int fd, uint8_t *buffer, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, buffer + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static int download_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__DownloadFileRequest *request = (const BoxdPb__DownloadFileRequest *)message;
    BoxdPb__DownloadFileResponse *reply = (BoxdPb__DownloadFileResponse *)out;
    int fd = -1;
    uint64_t size = 0;
    int code = file_open_to_read(c, s, request->path, &fd, &size);
    if (code != 0)
        return code;
    if (c->fault.active && c->fault.truncate && c->fault.after_bytes >= 0 &&
        (uint64_t)c->fault.after_bytes < size)
        size = (uint64_t)c->fault.after_bytes;
    reply->data.data = arena_alloc(&c->memory, (size_t)size);
    ssize_t n = file_read_full(fd, reply->data.data, (size_t)size);
    close(fd);
    if (n < 0)
        return call_error(c, GRPC_STATUS_INTERNAL, "cannot read %s: %s", request->path, error_text(errno));
    reply->data.len = (size_t)n;
    return 0;
}

static int download_unary(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    (void)reply;
    return machine_run(c, ((const BoxdPb__DownloadFileRequest *)message)->vm_id, download_work);
}

const rpc_handler file_rpcs[] = {
    {.rpc = "UploadFile", .unary = upload_unary},
    {.rpc = "DownloadFile", .unary = download_unary},
    {NULL, NULL, NULL},
};
