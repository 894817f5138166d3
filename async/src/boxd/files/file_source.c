/*
 * file_source.c: reading what an upload sends. Called by upload.c on the core thread; reads of a local file
 * run on the disk thread.
 */
#include "boxd/files/file_source.h"

#include "boxd/client/box_names.h"
#include "container_of.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void file_source_init(file_source *s, request *owner, const char *path, void (*fetched)(file_source *s))
{
    *s = (file_source){.owner = owner, .path = path, .fd = -1, .fetched = fetched};
    s->failure = (boxd_error)BOXD_ERROR_INIT;
}

void file_source_open(file_source *s, const char *local_path, boxd_error *error)
{
    struct stat status;
    if (error->status != BOXD_OK || name_check_path(local_path, "the local path", error) != BOXD_OK)
        return;
    s->fd = open(local_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0)
        error_set(error, BOXD_ERR_LOCAL_FILE, "the local file %s cannot be opened (%s)",
                  PRINTABLE(local_path, 300), ERRNO_TEXT(errno));
    else if (fstat(s->fd, &status) != 0 || !S_ISREG(status.st_mode))
        error_set(error, BOXD_ERR_LOCAL_FILE, "%s is not a regular file", PRINTABLE(local_path, 300));
    else
        s->size = (uint64_t)status.st_size;
}

void file_source_take(file_source *s, int fd, uint64_t size)
{
    s->fd = fd;
    s->size = size;
}

void file_source_set(file_source *s, const void *data, size_t size, bool copies, boxd_error *error)
{
    s->data = data ? data : "";
    s->size = size;
    if (error->status != BOXD_OK || size == 0)
        return;
    if (!data) {
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "the contents are NULL, but their size is %zu; pass what to write", size);
    } else if (copies) {
        s->data = s->copy = mem_alloc(size);
        if (s->copy)
            memcpy(s->copy, data, size);
        else
            error_no_memory(error, "copying a file's contents");
    }
}

void file_source_close(file_source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (s->release)
        s->release(s->release_data);
    s->release = NULL;
    mem_free(s->copy);
    s->copy = NULL;
}

/* ---- pieces ---- */

static void run_fetched(loop_task *task)
{
    file_source *s = CONTAINER_OF(task, file_source, task);
    request *owner = s->owner;
    s->read_pending = false;
    s->fetched(s);
    request_unref(owner);
}

/* Disk thread: reads exactly what is wanted. */
static void run_read(loop_task *task)
{
    file_source *s = CONTAINER_OF(task, file_source, task);
    s->piece_size = 0;
    while (s->piece_size < s->wanted) {
        const ssize_t got = pread(s->fd, s->piece + s->piece_size, s->wanted - s->piece_size,
                                  (off_t)(s->offset + s->piece_size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            error_set(&s->failure, BOXD_ERR_LOCAL_FILE, "reading the local file for %s failed (%s)", s->path,
                      ERRNO_TEXT(errno));
        else if (got == 0)
            error_set(&s->failure, BOXD_ERR_INCOMPLETE,
                      "the local file for %s became shorter while it was read; write it again", s->path);
        if (got <= 0)
            break;
        s->piece_size += (size_t)got;
    }
    loop_post(&s->owner->compute->core.loop, task, run_fetched);
}

bool file_source_fetch(file_source *s, uint64_t offset, size_t wanted)
{
    worker *disk = &s->owner->compute->thread_data.disk;
    s->offset = offset;
    if (s->fd < 0)
        return true;
    file_source_drop(s); /* of an attempt that was given up */
    s->wanted = wanted;
    s->piece = mem_alloc(wanted);
    if (!s->piece)
        error_no_memory(&s->failure, "reading a local file");
    else
        worker_start(disk, &s->failure);
    if (s->failure.status != BOXD_OK)
        return true;
    s->read_pending = true;
    request_ref(s->owner);
    loop_post(&disk->loop, &s->task, run_read);
    return false;
}

const char *file_source_piece(const file_source *s)
{
    return s->fd < 0 ? s->data + s->offset : s->piece;
}

void file_source_drop(file_source *s)
{
    mem_free(s->piece);
    s->piece = NULL;
}
