/* Runs the callbacks of a client on an sd-event loop of libsystemd. */
#include "job.h"

#include <boxd/adapters/sdevent.h>

#include <systemd/sd-event.h>
#include <time.h>

enum { TICK_US = 50000 };

/* A timer of sd-event fires once. */
static int on_tick(sd_event_source *timer, uint64_t time_us, void *data)
{
    job_tick(data);
    sd_event_source_set_time(timer, time_us + TICK_US);
    return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* sd_event_loop() returns only after sd_event_exit(): an attached client has no influence. */
static void on_end(job *j)
{
    sd_event_exit(j->loop, 0);
}

int main(void)
{
    sd_event *loop = NULL;
    if (sd_event_default(&loop) < 0)
        return 1;
    job j = {.on_end = on_end, .loop = loop};
    boxd_compute *client = job_open(&j);
    if (!client || boxd_sdevent_attach(client, loop, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    sd_event_source *timer = NULL;
    sd_event_add_time_relative(loop, &timer, CLOCK_MONOTONIC, TICK_US, 0, on_tick, &j);

    sd_event_loop(loop);
    sd_event_source_unref(timer);
    sd_event_unref(loop);
    return job_finish(&j);
}
