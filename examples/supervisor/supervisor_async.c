/* Supervisor with callbacks: one thread with an epoll loop. supervisor.h describes the program. */
#include "../common/interrupt.h"
#include "supervisor.h"

#include <boxd/aio.h>

#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

typedef struct driver {
    boxd_compute *c;
    supervisor s;
    /* boxes that have a next step */
    int running;
    bool stopping;
} driver;

/* global, because the user_data of the callbacks is the box */
static driver d;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void schedule_next(supervisor_box *b)
{
    b->busy = false;
    b->due_ms = now_ms() + b->wait_ms;
}

static void on_found(boxd_box *found, const boxd_error *err, void *user)
{
    supervisor_box *b = user;
    supervisor_set_checked(&d.s, b, found, err);
    boxd_box_free(b->box);
    b->box = found;
    schedule_next(b);
}

static void on_started(boxd_status status, const boxd_error *err, void *user)
{
    (void)status;
    supervisor_set_started(&d.s, user, err);
    schedule_next(user);
}

static void run_step(supervisor_box *b)
{
    b->busy = true;
    switch (b->next) {
    case SUPERVISOR_CHECK:
        boxd_aio_box_get(d.c, b->name, &d.s.call, on_found, b);
        break;
    case SUPERVISOR_START:
        boxd_aio_box_start(b->box, &d.s.call, on_started, b);
        break;
    case SUPERVISOR_GIVE_UP:
        boxd_box_free(b->box);
        d.running--;
    }
}

/* Runs the steps that are due and returns how long to sleep. -1: no box has a next step. When the program
 * ends, all steps are due: their calls end in BOXD_ERR_CANCELLED. */
static int run_due_steps(void)
{
    const int64_t now = now_ms();
    int64_t next = now + INT_MAX;
    for (supervisor_box *b = d.s.boxes; b < d.s.boxes + d.s.count; b++) {
        if (!b->busy && (b->due_ms <= now || d.stopping))
            run_step(b);
        else if (!b->busy && b->due_ms < next)
            next = b->due_ms;
    }
    return d.running > 0 ? (int)(next - now) : -1;
}

static bool loop(interrupt *stop)
{
    const int epoll = epoll_create1(EPOLL_CLOEXEC), client = boxd_aio_compute_fd(d.c);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = client};
    struct epoll_event signals = {.events = EPOLLIN, .data.fd = stop->fd};
    bool ok = epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event) == 0 &&
              epoll_ctl(epoll, EPOLL_CTL_ADD, stop->fd, &signals) == 0;
    int sleep_ms;
    while (ok && (sleep_ms = run_due_steps()) >= 0) {
        if (epoll_wait(epoll, &event, 1, sleep_ms) < 1)
            continue;
        if (event.data.fd == client) {
            boxd_aio_compute_dispatch(d.c, 0); /* the callbacks run here */
        } else {
            boxd_cancel_token_cancel(stop->stop);
            d.stopping = true;
            ok = epoll_ctl(epoll, EPOLL_CTL_DEL, stop->fd, NULL) == 0; /* the signal is handled once */
        }
    }
    if (!ok)
        perror("epoll");
    if (epoll >= 0)
        close(epoll);
    return ok;
}

int main(int argc, char **argv)
{
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (supervisor_init(&d.s, argc, argv, stop.stop)) {
        d.running = d.s.count;
        d.c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &err);
        if (!d.c)
            boxd_error_print(&err, NULL);
        const bool looped = d.c && loop(&stop);
        boxd_compute_close(d.c);
        code = supervisor_finish(&d.s) || !looped;
    }
    interrupt_close(&stop);
    return code;
}
