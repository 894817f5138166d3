#include "core/loop.h"

#include "core/clock.h"
#include "errors.h"
#include "thread.h"

#include <string.h>
#include <unistd.h>

/* Takes what was posted and runs it in order. False: there was nothing. */
static bool run_tasks(loop *l)
{
    pthread_mutex_lock(&l->synced_data.lock);
    loop_task *task = l->synced_data.first;
    l->synced_data.first = NULL;
    l->synced_data.last = &l->synced_data.first;
    l->synced_data.sleeping = false;
    pthread_mutex_unlock(&l->synced_data.lock);
    bool any = task != NULL;
    while (task) {
        loop_task *next = task->next;
        task->run(task);
        task = next;
    }
    return any;
}

void loop_drain(loop *l)
{
    while (run_tasks(l))
        continue;
}

/* When the next wait has to end: at once if tasks are there already. */
static int64_t wait_deadline(loop *l)
{
    pthread_mutex_lock(&l->synced_data.lock);
    l->synced_data.sleeping = l->synced_data.first == NULL;
    bool sleeping = l->synced_data.sleeping;
    pthread_mutex_unlock(&l->synced_data.lock);
    return sleeping ? timer_next(&l->thread_data.timers) : 0;
}

static void *loop_main(void *arg)
{
    loop *l = arg;
    thread_runs_loop();
    while (!l->thread_data.stop) {
        l->poller.wait(l->poller.state, wait_deadline(l));
        run_tasks(l);
        if (l->thread_data.timers.root)
            timer_run_due(&l->thread_data.timers, clock_now());
    }
    if (l->on_end)
        l->on_end(l->on_end_data);
    return NULL;
}

void signals_block(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

void signals_restore(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static int start_thread(loop *l, const char *name)
{
    sigset_t before;
    signals_block(&before);
    int failed = pthread_create(&l->thread, NULL, loop_main, l);
    signals_restore(&before);
    if (!failed)
        pthread_setname_np(l->thread, name);
    return failed;
}

boxd_status loop_start(loop *l, const char *name, loop_poller poller, void (*on_end)(void *),
                       void *on_end_data, boxd_error *error)
{
    *l = (loop){.poller = poller, .on_end = on_end, .on_end_data = on_end_data};
    l->synced_data.last = &l->synced_data.first;
    pthread_mutex_init(&l->synced_data.lock, NULL);
    int failed = start_thread(l, name);
    if (!failed)
        return BOXD_OK;
    pthread_mutex_destroy(&l->synced_data.lock);
    return error_set(error, BOXD_ERR_NO_THREAD,
                     "the thread %s could not be started (errno %d); raise the limit of threads", name,
                     failed);
}

void loop_post(loop *l, loop_task *task, void (*run)(loop_task *))
{
    const int cancellation = cancellation_off(); /* a wake-up writes to a descriptor */
    task->next = NULL;
    task->run = run;
    pthread_mutex_lock(&l->synced_data.lock);
    *l->synced_data.last = task;
    l->synced_data.last = &task->next;
    if (l->synced_data.sleeping) {
        l->synced_data.sleeping = false;
        l->poller.wake(l->poller.state);
    }
    pthread_mutex_unlock(&l->synced_data.lock);
    cancellation_restore(cancellation);
}

void loop_stop(loop *l)
{
    l->thread_data.stop = true;
}

typedef struct stop_task {
    loop_task task;
    loop *loop;
} stop_task;

static void run_stop(loop_task *task)
{
    loop_stop(((stop_task *)task)->loop);
}

void loop_stop_and_join(loop *l)
{
    stop_task stop = {.loop = l};
    loop_post(l, &stop.task, run_stop);
    pthread_join(l->thread, NULL);
}

void loop_destroy(loop *l)
{
    pthread_mutex_destroy(&l->synced_data.lock);
}

void loop_timer_set(loop *l, timer *t, int64_t when_ns, void (*run)(timer *))
{
    if (when_ns == CLOCK_NEVER)
        timer_clear(&l->thread_data.timers, t);
    else
        timer_set(&l->thread_data.timers, t, when_ns, run);
}

void loop_timer_clear(loop *l, timer *t)
{
    timer_clear(&l->thread_data.timers, t);
}

int monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    if (failed)
        return failed;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed = pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return failed;
}
