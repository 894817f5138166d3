/* Runs the callbacks of a client on a libev loop. */
#include "job.h"

#include <boxd/adapters/libev.h>

#include <ev.h>

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)events;
    job_tick(timer->data);
}

/* The client has left the loop. Without the timer the loop is empty, and ev_run() returns. */
static void on_end(job *j)
{
    ev_timer_stop(ev_default_loop(0), j->loop);
}

int main(void)
{
    struct ev_loop *loop = ev_default_loop(0);
    ev_timer timer;
    job j = {.on_end = on_end, .loop = &timer};
    boxd_compute *client = job_open(&j);
    if (!client || boxd_libev_attach(client, loop, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    ev_timer_init(&timer, on_tick, 0.05, 0.05);
    timer.data = &j;
    ev_timer_start(loop, &timer);

    ev_run(loop, 0);
    ev_loop_destroy(loop);
    return job_finish(&j);
}
