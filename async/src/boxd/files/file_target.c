/*
 * file_target.c: writing a download to a local file. Called by download.c on the core thread; everything that
 * touches the file runs on the disk thread.
 */
#include "boxd/files/file_target.h"

#include "boxd/client/box_names.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void file_target_init(file_target *t, request *owner, void (*stored)(file_target *t),
                      void (*closed)(file_target *t))
{
    *t = (file_target){.owner = owner, .fd = -1, .stored = stored, .closed = closed};
    t->failure = (boxd_error)BOXD_ERROR_INIT;
}

void file_target_set_path(file_target *t, const char *path, boxd_error *error)
{
    if (error->status != BOXD_OK || name_check_path(path, "the local path", error) != BOXD_OK)
        return;
    t->path = mem_strdup(path);
    if (!t->path)
        error_no_memory(error, "starting a download");
}

void file_target_clear(file_target *t)
{
    mem_free(t->path);
    mem_free(t->temporary);
}

/* ---- on the disk thread ---- */

static file_target *target_of_task(loop_task *task)
{
    return CONTAINER_OF(task, file_target, task);
}

static void fail(file_target *t, const char *doing)
{
    error_set(&t->failure, BOXD_ERR_LOCAL_FILE, "%s %s failed (%s)", doing, PRINTABLE(t->path, 300),
              strerrordesc_np(errno));
}

/* Finds what is to be replaced: the file that a link leads to, with its permissions. Devices, pipes and
 * directories are not replaced. A path that cannot be looked at is left to open_temporary(), which says why.
 */
static boxd_status find_replaced(file_target *t, mode_t *mode)
{
    struct stat status;
    *mode = 0;
    if (lstat(t->path, &status) != 0)
        return BOXD_OK;
    if (stat(t->path, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(
            &t->failure, BOXD_ERR_LOCAL_FILE,
            "%s exists and is not a regular file; name another one, or read the file into memory",
            PRINTABLE(t->path, 300));
    *mode = status.st_mode & 07777;
    char *real = realpath(t->path, NULL);
    char *copy = mem_strdup(real);
    free(real);
    if (!copy)
        return error_no_memory(&t->failure, "opening a local file");
    mem_free(t->path);
    t->path = copy;
    return BOXD_OK;
}

/* With the permissions of the file that it replaces, or those that a new file gets. */
static void open_temporary(file_target *t)
{
    mode_t mode;
    if (find_replaced(t, &mode) != BOXD_OK)
        return;
    for (int tries = 0; tries < 100 && t->fd < 0; tries++) {
        mem_free(t->temporary);
        t->temporary = mem_printf("%s.boxd-%08x", t->path, (unsigned)clock_now() ^ (unsigned)(uintptr_t)t);
        if (!t->temporary) {
            error_no_memory(&t->failure, "opening a local file");
            return;
        }
        t->fd = open(t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (t->fd < 0 && errno != EEXIST)
            break;
    }
    if (t->fd >= 0) {
        if (mode != 0)
            (void)fchmod(t->fd, mode);
        return;
    }
    if (errno == ENOENT)
        error_set(&t->failure, BOXD_ERR_LOCAL_FILE, "the folder of %s does not exist",
                  PRINTABLE(t->path, 300));
    else
        fail(t, "creating a temporary file beside");
    mem_free(t->temporary);
    t->temporary = NULL;
}

static void run_stored(loop_task *task)
{
    file_target *t = target_of_task(task);
    request *owner = t->owner;
    t->busy = false;
    t->stored(t);
    request_unref(owner);
}

static void run_store(loop_task *task)
{
    file_target *t = target_of_task(task);
    if (t->fd < 0)
        open_temporary(t);
    for (size_t done = 0; t->failure.status == BOXD_OK && done < t->size;) {
        const ssize_t wrote = write(t->fd, t->data + done, t->size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            fail(t, "writing the temporary file beside");
        else
            done += (size_t)wrote;
    }
    loop_post(&t->owner->compute->core.loop, task, run_stored);
}

static void run_closed(loop_task *task)
{
    file_target *t = target_of_task(task);
    request *owner = t->owner;
    t->busy = false;
    t->closed(t);
    request_unref(owner);
}

static void run_close(loop_task *task)
{
    file_target *t = target_of_task(task);
    if (t->commits && t->fd < 0)
        open_temporary(t); /* nothing was stored: the file is empty */
    if (t->fd >= 0 && close(t->fd) != 0 && t->commits)
        fail(t, "closing the temporary file beside");
    t->fd = -1;
    bool replaced = t->commits && t->failure.status == BOXD_OK;
    if (replaced && rename(t->temporary, t->path) != 0) {
        fail(t, "replacing");
        replaced = false;
    }
    if (!replaced && t->temporary)
        (void)unlink(t->temporary);
    loop_post(&t->owner->compute->core.loop, task, run_closed);
}

/* ---- on the core thread ---- */

static void post(file_target *t, void (*run)(loop_task *task))
{
    t->busy = true;
    request_ref(t->owner);
    loop_post(&t->owner->compute->thread_data.disk.loop, &t->task, run);
}

bool file_target_store(file_target *t, const char *data, size_t size)
{
    if (worker_start(&t->owner->compute->thread_data.disk, &t->failure) != BOXD_OK)
        return false;
    t->data = data;
    t->size = size;
    post(t, run_store);
    return true;
}

bool file_target_close(file_target *t, bool commits)
{
    worker *disk = &t->owner->compute->thread_data.disk;
    t->commits = commits && t->failure.status == BOXD_OK;
    if (t->commits)
        worker_start(disk, &t->failure);
    if (!disk->started)
        return false;
    post(t, run_close);
    return true;
}
