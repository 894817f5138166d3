/* Runs the callbacks of a client on a libuv loop. */
#include "job.h"

#include <boxd/adapters/libuv.h>

#include <uv.h>

static void on_tick(uv_timer_t *timer)
{
    job_tick(timer->data);
}

/* The client has left the loop. Without the timer the loop is empty, and uv_run() returns. */
static void on_end(job *j)
{
    uv_close(j->loop, NULL);
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_timer_t timer;
    job j = {.on_end = on_end, .loop = &timer};
    boxd_compute *client = job_open(&j);
    if (!client || boxd_libuv_attach(client, loop, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    uv_timer_init(loop, &timer);
    timer.data = &j;
    uv_timer_start(&timer, on_tick, 50, 50);

    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    return job_finish(&j);
}
