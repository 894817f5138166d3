/*
 * fd_loop.c: moves bytes from and to descriptors on the thread boxd-fds. Called by the streams of processes,
 * whose core thread starts and stops transfers and gets their ends.
 */
#include "core/fd_loop.h"

#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "os/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- descriptors ---- */

/* `is_pollable`: a pipe or a terminal. */
static fd_kind kind_of(mode_t mode, bool is_pollable, bool is_nonblocking)
{
    if (S_ISSOCK(mode))
        return FD_SOCKET;
    if (S_ISREG(mode) || S_ISBLK(mode))
        return FD_FILE;
    return is_pollable && is_nonblocking ? FD_NONBLOCKING : FD_CAREFUL;
}

int fd_transfer_open(fd_transfer *t, int fd, bool writes)
{
    struct stat status;
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &status) != 0)
        return errno;
    if ((flags & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY))
        return EBADF;
    const mode_t mode = status.st_mode;
    const bool is_pollable = S_ISFIFO(mode) || (S_ISCHR(mode) && isatty(fd));
    t->writes = writes;
    t->fd = is_pollable ? descriptor_reopen(fd, writes) : -1;
    t->kind = kind_of(mode, is_pollable, t->fd >= 0 || flags & O_NONBLOCK);
    t->careful_size = S_ISFIFO(mode) ? PIPE_BUF : 1;
    if (t->fd < 0)
        t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return t->fd < 0 ? errno : 0;
}

void fd_transfer_close(fd_transfer *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

/* ---- on the thread ---- */

static void run_over(loop_task *task)
{
    fd_transfer *t = CONTAINER_OF(task, fd_transfer, task);
    if (t->stopping) /* run_stopped() follows, and is the last to use the transfer */
        return;
    t->running = false;
    t->over(t);
}

static void run_stopped(loop_task *task)
{
    fd_transfer *t = CONTAINER_OF(task, fd_transfer, stop_task);
    t->running = t->stopping = false;
    t->over(t);
}

static void end(fd_transfer *t, int error)
{
    t->error = error;
    loop_post(t->home, &t->task, run_over);
}

static ssize_t move(fd_transfer *t)
{
    char *place = t->data + t->done;
    const size_t left = t->size - t->done;
    const bool careful = t->kind == FD_CAREFUL && t->writes && left > t->careful_size;
    const size_t size = careful ? t->careful_size : left;
    if (t->kind == FD_SOCKET)
        return t->writes ? descriptor_send(t->fd, place, size) : recv(t->fd, place, size, MSG_DONTWAIT);
    return t->writes ? write(t->fd, place, size) : read(t->fd, place, size);
}

/* Moves the bytes that can be moved now. True: the transfer has ended. */
static bool step(fd_transfer *t)
{
    for (;;) {
        const ssize_t moved = move(t);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return false;
        if (moved > 0)
            t->done += (size_t)moved;
        if (moved <= 0 || !t->writes || t->done == t->size) {
            end(t, moved < 0 ? errno : 0);
            return true;
        }
        if (t->kind == FD_CAREFUL)
            return false;
    }
}

static void wait_ready(fd_transfer *t)
{
    const int failed = fd_poller_add(t->via->poller, t->fd, t->writes, t);
    if (!failed)
        t->waiting = true;
    else if (failed != EPERM)
        end(t, failed);
    else if (t->kind = FD_FILE, !step(t))
        end(t, EAGAIN);
}

static void stop_waiting(fd_transfer *t)
{
    fd_poller_remove(t->via->poller, t->fd);
    t->waiting = false;
}

static void run_start(loop_task *task)
{
    fd_transfer *t = CONTAINER_OF(task, fd_transfer, task);
    if (t->kind == FD_CAREFUL || !step(t))
        wait_ready(t);
}

static void ready(fd_transfer *t)
{
    stop_waiting(t);
    if (!step(t))
        wait_ready(t);
}

static void run_stop(loop_task *task)
{
    fd_transfer *t = CONTAINER_OF(task, fd_transfer, stop_task);
    if (t->waiting) {
        stop_waiting(t);
        end(t, ECANCELED);
    }
    loop_post(t->home, task, run_stopped);
}

static void fd_wait(void *state, int64_t deadline_ns)
{
    fd_loop *l = state;
    l->count = fd_poller_wait(l->poller, deadline_ns == CLOCK_NEVER, l->ready, FD_LOOP_EVENTS);
}

static void fd_handle(void *state)
{
    fd_loop *l = state;
    for (size_t i = 0; i < l->count; i++)
        if (l->ready[i])
            ready(l->ready[i]);
        else
            wakeup_lower(&l->woken);
}

static void fd_wake(void *state)
{
    wakeup_raise(&((fd_loop *)state)->woken);
}

/* ---- start and stop ---- */

static void close_descriptors(fd_loop *l)
{
    fd_poller_free(l->poller);
    wakeup_close(&l->woken);
}

/* 0, or an errno value. */
static int open_descriptors(fd_loop *l)
{
    l->woken = WAKEUP_INIT;
    l->poller = fd_poller_new();
    int failed = l->poller ? wakeup_open(&l->woken) : errno;
    if (!failed)
        failed = fd_poller_add(l->poller, l->woken.fd, false, NULL);
    return failed;
}

static boxd_status start_thread(fd_loop *l, boxd_error *error)
{
    if (l->started)
        return BOXD_OK;
    const loop_poller poller = {.wait = fd_wait, .handle = fd_handle, .wake = fd_wake, .state = l};
    const int failed = open_descriptors(l);
    if (failed == ENOMEM)
        error_no_memory(error, "starting the thread of descriptors");
    else if (failed)
        error_set(error, BOXD_ERR_FAILED,
                  "no file descriptor to wait for descriptors (errno %d); raise the limit of open files",
                  failed);
    else
        l->started = loop_start(&l->loop, "boxd-fds", poller, NULL, NULL, error) == BOXD_OK;
    if (!l->started)
        close_descriptors(l);
    return l->started ? BOXD_OK : error->status;
}

void fd_loop_stop(fd_loop *l)
{
    if (!l->started)
        return;
    loop_stop_and_join(&l->loop);
    loop_destroy(&l->loop);
    close_descriptors(l);
    l->started = false;
}

boxd_status fd_transfer_start(fd_transfer *t, fd_loop *via, loop *home, boxd_error *error)
{
    if (start_thread(via, error) != BOXD_OK)
        return error->status;
    t->via = via;
    t->home = home;
    t->done = 0;
    t->error = 0;
    t->running = true;
    loop_post(&via->loop, &t->task, run_start);
    return BOXD_OK;
}

void fd_transfer_stop(fd_transfer *t)
{
    if (!t->running || t->stopping)
        return;
    t->stopping = true;
    loop_post(&t->via->loop, &t->stop_task, run_stop);
}
