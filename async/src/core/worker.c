/*
 * worker.c: a loop without events, for work that blocks. Started and stopped by the core thread; its tasks
 * run on boxd-disk.
 */
#include "core/worker.h"

#include "core/clock.h"

static void worker_wait(void *state, int64_t deadline_ns)
{
    worker *w = state;
    pthread_mutex_lock(&w->synced_data.lock);
    while (!w->synced_data.wake && deadline_ns == CLOCK_NEVER) /* without timers: at once, or when woken */
        pthread_cond_wait(&w->synced_data.woken, &w->synced_data.lock);
    w->synced_data.wake = false;
    pthread_mutex_unlock(&w->synced_data.lock);
}

static void worker_wake(void *state)
{
    worker *w = state;
    pthread_mutex_lock(&w->synced_data.lock);
    w->synced_data.wake = true;
    pthread_cond_signal(&w->synced_data.woken);
    pthread_mutex_unlock(&w->synced_data.lock);
}

boxd_status worker_start(worker *w, boxd_error *error)
{
    if (w->started)
        return BOXD_OK;
    pthread_mutex_init(&w->synced_data.lock, NULL);
    pthread_cond_init(&w->synced_data.woken, NULL);
    boxd_status status =
        loop_start(&w->loop, "boxd-disk", (loop_poller){.wait = worker_wait, .wake = worker_wake, .state = w},
                   NULL, NULL, error);
    w->started = status == BOXD_OK;
    if (!w->started) {
        pthread_cond_destroy(&w->synced_data.woken);
        pthread_mutex_destroy(&w->synced_data.lock);
    }
    return status;
}

void worker_stop(worker *w)
{
    if (!w->started)
        return;
    loop_stop_and_join(&w->loop);
    loop_destroy(&w->loop);
    pthread_cond_destroy(&w->synced_data.woken);
    pthread_mutex_destroy(&w->synced_data.lock);
    w->started = false;
}
