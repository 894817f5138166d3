/*
 * file_target.c: writing a download to a local file. Called by download.c on the core thread; everything that
 * touches the file runs on the disk thread.
 */
#include "boxd/files/file_target.h"

#include "boxd/client/box_names.h"
#include "container_of.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "printable.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long the disk thread waits for a pipe before it runs its other tasks. */
enum { PIPE_WAIT_MS = 20 };

void file_target_init(file_target *t, request *owner)
{
    *t = (file_target){.owner = owner, .fd = -1};
    atomic_init(&t->stopped, false);
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

void file_target_set_fd(file_target *t, int fd)
{
    t->fd = fd;
    t->borrowed = true;
}

void file_target_clear(file_target *t)
{
    mem_free(t->path);
    mem_free(t->temporary);
    file_place_clear(&t->place);
}

/* ---- on the disk thread ---- */

static file_target *target_of_task(loop_task *task)
{
    return CONTAINER_OF(task, file_target, task);
}

static void fail(file_target *t, const char *doing)
{
    error_set(&t->failure, BOXD_ERR_LOCAL_FILE, "%s %s failed (%s)", doing,
              PRINTABLE(t->path ? t->path : "the file", 300), ERRNO_TEXT(errno));
}

static void run_done(loop_task *task)
{
    file_target *t = target_of_task(task);
    request *owner = t->owner;
    t->busy = false;
    t->done(t);
    request_unref(owner);
}

/* Back to the core thread, which calls done(). */
static void end_task(file_target *t)
{
    loop_post(&t->owner->compute->core.loop, &t->task, run_done);
}

static void run_open(loop_task *task)
{
    file_target *t = target_of_task(task);
    if (file_place_find(&t->place, t->path, &t->failure) == BOXD_OK && !t->place.obstacle)
        t->fd = file_place_make(&t->place, &t->temporary, &t->failure);
    if (t->failure.status == BOXD_OK && t->place.obstacle && !t->in_place)
        error_set(&t->failure, BOXD_ERR_LOCAL_FILE,
                  "%s cannot be replaced: it %s; set in_place to write to it directly, or read the file into "
                  "memory",
                  PRINTABLE(t->path, 300), t->place.obstacle);
    end_task(t);
}

/* Opens a file that is written in place. Returns whether it is open; else a pipe has no reader, or `failure`
 * is set. */
static bool is_open(file_target *t)
{
    if (t->fd < 0)
        t->fd = file_place_open(&t->place);
    if (t->fd < 0 && errno != EAGAIN)
        fail(t, "opening");
    return t->fd >= 0;
}

/* Writes the data, as much as a pipe takes. */
static void write_data(file_target *t)
{
    while (t->failure.status == BOXD_OK && t->written < t->size) {
        const ssize_t wrote = write(t->fd, t->data + t->written, t->size - t->written);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0)
            fail(t, t->temporary ? "writing the temporary file beside" : "writing");
        else
            t->written += (size_t)wrote;
    }
}

/* Runs the task again when the pipe may be ready, after the other tasks of the thread. False: the wait is
 * over, and `failure` is set. */
static bool run_again(file_target *t, void (*run)(loop_task *task))
{
    if (atomic_load(&t->stopped)) {
        error_set(&t->failure, BOXD_ERR_LOCAL_FILE, "no program reads the pipe %s", PRINTABLE(t->path, 300));
        return false;
    }
    struct pollfd writable = {.fd = t->fd, .events = POLLOUT};
    (void)poll(&writable, 1, PIPE_WAIT_MS);
    loop_post(&t->owner->compute->thread_data.disk.loop, &t->task, run);
    return true;
}

/* Opens the file if it is not open, and writes the data. */
static void run_store(loop_task *task)
{
    file_target *t = target_of_task(task);
    if (is_open(t))
        write_data(t);
    const bool waits = t->failure.status == BOXD_OK && (t->fd < 0 || t->written < t->size);
    if (!waits || !run_again(t, run_store))
        end_task(t);
}
static void run_close(loop_task *task)
{
    file_target *t = target_of_task(task);
    /* if nothing was stored, the file is empty */
    if (t->commits && !is_open(t) && t->failure.status == BOXD_OK && run_again(t, run_close))
        return;
    if (t->fd >= 0 && close(t->fd) != 0 && t->commits)
        fail(t, t->temporary ? "closing the temporary file beside" : "closing");
    t->fd = -1;
    bool replaced = t->commits && t->failure.status == BOXD_OK;
    if (replaced && t->temporary && rename(t->temporary, t->place.path) != 0) {
        fail(t, "replacing");
        replaced = false;
    }
    if (!replaced && t->temporary)
        (void)unlink(t->temporary);
    end_task(t);
}

/* ---- on the core thread ---- */

static bool post(file_target *t, void (*run)(loop_task *task), void (*done)(file_target *t))
{
    worker *disk = &t->owner->compute->thread_data.disk;
    if (worker_start(disk, &t->failure) != BOXD_OK)
        return false;
    t->done = done;
    t->busy = true;
    request_ref(t->owner);
    loop_post(&disk->loop, &t->task, run);
    return true;
}

bool file_target_open(file_target *t)
{
    return post(t, run_open, t->opened);
}

bool file_target_store(file_target *t, const char *data, size_t size)
{
    t->data = data;
    t->size = size;
    t->written = 0;
    return post(t, run_store, t->stored);
}

void file_target_stop(file_target *t)
{
    atomic_store(&t->stopped, true);
}

bool file_target_close(file_target *t, bool commits)
{
    t->commits = commits && t->failure.status == BOXD_OK;
    if (t->borrowed || (!t->commits && t->fd < 0))
        return false;
    return post(t, run_close, t->closed);
}
