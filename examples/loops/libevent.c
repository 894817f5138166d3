/* Runs the callbacks of a client on a libevent loop. */
#include "job.h"

#include <boxd/adapters/libevent.h>

#include <event2/event.h>

static void on_tick(evutil_socket_t fd, short events, void *data)
{
    (void)fd, (void)events;
    job_tick(data);
}

/* The client has left the loop. Without the timer the loop is empty, and event_base_dispatch() returns. */
static void on_end(job *j)
{
    event_del(j->loop);
}

int main(void)
{
    struct event_base *loop = event_base_new();
    job j = {.on_end = on_end};
    boxd_compute *client = job_open(&j);
    if (!client || boxd_libevent_attach(client, loop, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    struct event *timer = event_new(loop, -1, EV_PERSIST, on_tick, &j);
    event_add(timer, &(struct timeval){.tv_usec = 50000});
    j.loop = timer;

    event_base_dispatch(loop);
    event_free(timer);
    event_base_free(loop);
    return job_finish(&j);
}
