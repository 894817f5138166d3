/* Fan-out with callbacks: one thread with a poll() loop. Each running job is a chain of callbacks; the end of
 * a chain starts the next job. fanout.h describes the program. */
#include "../common/interrupt.h"
#include "fanout.h"

#include <boxd/aio.h>

#include <poll.h>
#include <stdio.h>

typedef struct driver {
    boxd_compute *c;
    fanout f;
    /* jobs that are running */
    int running;
} driver;

/* global, because the user_data of the callbacks is the job */
static driver d;

static void on_box(boxd_box *box, const boxd_error *err, void *user);

/* Starts the next job after one has ended. */
static void start_next(void)
{
    fanout_job *job = fanout_next(&d.f);
    if (job)
        boxd_aio_box_create(d.c, &fanout_box, on_box, job);
    else
        d.running--;
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    fanout_job *job = user;
    if (status != BOXD_OK)
        fanout_set_failed(job, err);
    boxd_box_free(job->box);
    start_next();
}

static void on_result(boxd_exec_result *result, const boxd_error *err, void *user)
{
    fanout_job *job = user;
    fanout_set_result(job, result, err);
    boxd_exec_result_free(result);
    boxd_aio_box_destroy(job->box, NULL, on_destroyed, job);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    fanout_job *job = user;
    job->box = box;
    if (box) {
        boxd_aio_box_exec(box, job->command, &d.f.exec, on_result, job);
    } else {
        fanout_set_failed(job, err);
        start_next();
    }
}

static void loop(interrupt *stop)
{
    struct pollfd fds[] = {{.fd = boxd_aio_compute_fd(d.c), .events = POLLIN},
                           {.fd = stop->fd, .events = POLLIN}};
    while (d.running > 0) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents & POLLIN) {
            boxd_cancel_token_cancel(stop->stop);
            fds[1].fd = -1; /* the signal is handled once */
        }
        boxd_aio_compute_dispatch(d.c, 0); /* the callbacks run here */
    }
}

int main(int argc, char **argv)
{
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (fanout_init(&d.f, argc, argv, stop.stop)) {
        d.c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &err);
        if (d.c) {
            d.running = d.f.max_parallel;
            for (int i = 0; i < d.f.max_parallel; i++)
                start_next();
            loop(&stop);
        } else {
            boxd_error_print(&err, NULL);
        }
        boxd_compute_close(d.c);
        code = fanout_finish(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
