/*
 * directories.c: ListDir, Mkdir, RenamePath, DeletePath, CopyPath. The *_work functions run on a worker, the
 * handlers on the core thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "files/files.h"
#include "machine/machines.h"

enum { MAX_ENTRIES = 10000, WHY_BYTES = 400 };

/* "drwxr-xr-x", as ls prints it. */
static const char *permissions(arena *a, mode_t mode)
{
    char *text = arena_strdup(a, "-rwxrwxrwx");
    text[0] = S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISFIFO(mode) ? 'p' : S_ISSOCK(mode) ? 's' : '-';
    for (unsigned bit = 0; bit < 9; bit++) {
        if (!(mode & (0400u >> bit)))
            text[1 + bit] = '-';
    }
    return text;
}

static BoxdPb__DirEntry *make_entry(call *c, int dir, const char *name)
{
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL; /* removed since it was read */
    BoxdPb__DirEntry *entry = arena_alloc(&c->memory, sizeof *entry);
    boxd_pb__dir_entry__init(entry);
    entry->name = utf8_repaired(&c->memory, name, strlen(name));
    entry->is_dir = S_ISDIR(status.st_mode);
    entry->size_bytes = entry->is_dir ? 0 : (uint64_t)status.st_size;
    entry->permissions = permissions(&c->memory, status.st_mode);
    entry->modified_at = status.st_mtim.tv_sec;
    entry->added_at = status.st_ctim.tv_sec;
    return entry;
}

static void read_entries(call *c, DIR *dir, BoxdPb__ListDirResponse *reply)
{
    size_t capacity = 0;
    const struct dirent *d;
    while ((d = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): no other thread uses the stream */
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (reply->n_entries == MAX_ENTRIES) {
            reply->truncated = true;
            return;
        }
        BoxdPb__DirEntry *entry = make_entry(c, dirfd(dir), d->d_name);
        if (entry == NULL)
            continue;
        if (reply->n_entries == capacity) {
            BoxdPb__DirEntry **old = reply->entries;
            capacity = capacity ? capacity * 2 : 32;
            reply->entries = arena_alloc(&c->memory, capacity * sizeof(void *));
            if (old != NULL)
                memcpy(reply->entries, old, reply->n_entries * sizeof(void *));
        }
        reply->entries[reply->n_entries++] = entry;
    }
}

static int list_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *path = file_path(c, ((const BoxdPb__ListDirRequest *)message)->path);
    char why[WHY_BYTES] = "";
    int fd;
    int error = sandbox_open(s, path, O_RDONLY | O_DIRECTORY, 0, false, &fd, why, sizeof why);
    if (error != 0)
        return call_error(c, file_code(error), "%s", why);
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return call_error(c, GRPC_STATUS_INTERNAL, "cannot read %s", path);
    }
    read_entries(c, dir, (BoxdPb__ListDirResponse *)out);
    closedir(dir);
    return 0;
}

static int work_on_path(call *c, sandbox *s, const char *path,
                        int (*act)(sandbox *, const char *, char *, size_t))
{
    char why[WHY_BYTES] = "";
    int error = act(s, file_path(c, path), why, sizeof why);
    return error ? call_error(c, file_code(error), "%s", why) : 0;
}

static int work_on_paths(call *c, sandbox *s, const char *from, const char *to,
                         int (*act)(sandbox *, const char *, const char *, char *, size_t))
{
    char why[WHY_BYTES] = "";
    int error = act(s, file_path(c, from), file_path(c, to), why, sizeof why);
    return error ? call_error(c, file_code(error), "%s", why) : 0;
}

static int mkdir_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return work_on_path(c, s, ((const BoxdPb__MkdirRequest *)message)->path, sandbox_mkdir);
}

static int delete_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return work_on_path(c, s, ((const BoxdPb__DeletePathRequest *)message)->path, sandbox_remove);
}

static int rename_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__RenamePathRequest *request = (const BoxdPb__RenamePathRequest *)message;
    (void)out;
    return work_on_paths(c, s, request->old_path, request->new_path, sandbox_rename);
}

static int copy_work(call *c, sandbox *s, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CopyPathRequest *request = (const BoxdPb__CopyPathRequest *)message;
    (void)out;
    return work_on_paths(c, s, request->old_path, request->new_path, sandbox_copy);
}

/* Checks the paths before the machine is woken, then submits the work to a worker. */
static int run_on_paths(call *c, const char *vm, const char *path, const char *other, sandbox_work *work)
{
    if (file_path(c, path) == NULL || (other != NULL && file_path(c, other) == NULL))
        return GRPC_STATUS_INVALID_ARGUMENT;
    return machine_run(c, vm, work);
}

static int list_dir(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__ListDirRequest *request = (const BoxdPb__ListDirRequest *)message;
    (void)reply;
    return run_on_paths(c, request->vm_id, request->path, NULL, list_work);
}

static int make_dir(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__MkdirRequest *request = (const BoxdPb__MkdirRequest *)message;
    (void)reply;
    return run_on_paths(c, request->vm_id, request->path, NULL, mkdir_work);
}

static int delete_path(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__DeletePathRequest *request = (const BoxdPb__DeletePathRequest *)message;
    (void)reply;
    return run_on_paths(c, request->vm_id, request->path, NULL, delete_work);
}

static int rename_path(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__RenamePathRequest *request = (const BoxdPb__RenamePathRequest *)message;
    (void)reply;
    return run_on_paths(c, request->vm_id, request->old_path, request->new_path, rename_work);
}

static int copy_path(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__CopyPathRequest *request = (const BoxdPb__CopyPathRequest *)message;
    (void)reply;
    return run_on_paths(c, request->vm_id, request->old_path, request->new_path, copy_work);
}

const rpc_handler directory_rpcs[] = {
    {.rpc = "ListDir", .unary = list_dir},       {.rpc = "Mkdir", .unary = make_dir},
    {.rpc = "DeletePath", .unary = delete_path}, {.rpc = "RenamePath", .unary = rename_path},
    {.rpc = "CopyPath", .unary = copy_path},     {NULL, NULL, NULL},
};
