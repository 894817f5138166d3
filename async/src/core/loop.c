/*
 * loop.c: the loop of every thread of the library: wait, tasks, timers. Each client has one, which runs its
 * operations; tasks are posted from any thread, all else runs on the loop's own.
 */
#include "core/loop.h"

#include "core/clock.h"
#include "errors.h"
#include "invariant.h"
#include "os/libc.h"
#include "signals.h"
#include "thread.h"

#include <unistd.h>

/* ---- the loop's thread ---- */

/* Takes the tasks that other threads have posted. */
static linked_list take_posted(loop *l)
{
    linked_list tasks = {0};
    if (atomic_load(&l->state) != LOOP_HAS_TASKS)
        return tasks;
    pthread_mutex_lock(&l->synced_data.lock);
    atomic_store(&l->state, LOOP_AWAKE);
    tasks = list_take_all(&l->synced_data.tasks);
    pthread_mutex_unlock(&l->synced_data.lock);
    return tasks;
}

static void run_all(linked_list *tasks)
{
    list_node *node;
    while ((node = list_pop(tasks))) {
        loop_task *task = CONTAINER_OF(node, loop_task, node);
        task->run(task);
    }
}

/* Runs the tasks of other threads, then those of the loop's own, but not what the latter post. False: there
 * was no task. */
static bool run_tasks(loop *l)
{
    linked_list tasks = take_posted(l);
    bool any = !list_is_empty(&tasks);
    run_all(&tasks);
    tasks = list_take_all(&l->thread_data.tasks);
    any |= !list_is_empty(&tasks);
    run_all(&tasks);
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
    int state = LOOP_AWAKE;
    if (!list_is_empty(&l->thread_data.tasks) ||
        !atomic_compare_exchange_strong(&l->state, &state, LOOP_SLEEPS))
        return 0;
    return timer_next(&l->thread_data.timers);
}

/* The wait is over. If tasks were posted meanwhile, their state stays. */
static void set_awake(loop *l)
{
    int state = LOOP_SLEEPS;
    atomic_compare_exchange_strong(&l->state, &state, LOOP_AWAKE);
}

bool loop_step(loop *l)
{
    if (!l->thread_data.stop) {
        l->thread_data.turns++;
        l->poller.wait(l->poller.state, wait_deadline(l));
        set_awake(l);
        if (l->poller.handle)
            l->poller.handle(l->poller.state);
        if (run_tasks(l)) /* a callback may have submitted an operation: it starts before the next wait */
            run_tasks(l);
        if (l->thread_data.timers.root)
            timer_run_due(&l->thread_data.timers, clock_now());
    }
    if (!l->thread_data.stop)
        return true;
    if (l->on_end)
        l->on_end(l->on_end_data);
    return false;
}

static void *loop_main(void *arg)
{
    loop *l = arg;
    atomic_store(&l->running, pthread_self());
    thread_runs_loop();
    while (loop_step(l))
        continue;
    return NULL;
}

/* ---- start and end ---- */

static int start_thread(loop *l, const char *name)
{
    sigset_t before;
    signals_block(&before);
    int failed = pthread_create(&l->thread, NULL, loop_main, l);
    signals_restore(&before);
    if (!failed)
        libc_set_thread_name(l->thread, name);
    return failed;
}

boxd_status loop_start(loop *l, const char *name, loop_poller poller, void (*on_end)(void *),
                       void *on_end_data, boxd_error *error)
{
    *l = (loop){.poller = poller, .on_end = on_end, .on_end_data = on_end_data};
    pthread_mutex_init(&l->synced_data.lock, NULL);
    if (poller.stepped)
        atomic_store(&l->running, pthread_self());
    const int failed = poller.stepped ? 0 : start_thread(l, name);
    if (!failed)
        return BOXD_OK;
    pthread_mutex_destroy(&l->synced_data.lock);
    return error_set(error, BOXD_ERR_NO_THREAD,
                     "the thread %s could not be started (errno %d); raise the limit of threads", name,
                     failed);
}

void loop_stop(loop *l)
{
    BOXD_ASSERT(loop_is_current(l));
    l->thread_data.stop = true;
}

void loop_join(loop *l)
{
    if (!l->poller.stepped)
        pthread_join(l->thread, NULL);
}

void loop_detach(loop *l)
{
    if (!l->poller.stepped)
        pthread_detach(l->thread);
}

typedef struct stop_task {
    loop_task task;
    loop *loop;
} stop_task;

static void run_stop(loop_task *task)
{
    loop_stop(CONTAINER_OF(task, stop_task, task)->loop);
}

void loop_stop_and_join(loop *l)
{
    stop_task stop = {.loop = l};
    loop_post(l, &stop.task, run_stop);
    loop_join(l);
}

void loop_destroy(loop *l)
{
    pthread_mutex_destroy(&l->synced_data.lock);
}

bool loop_is_current(const loop *l)
{
    return pthread_equal(atomic_load_explicit(&l->running, memory_order_relaxed), pthread_self()) != 0;
}

/* ---- tasks and timers ---- */

void loop_post(loop *l, loop_task *task, void (*run)(loop_task *))
{
    task->run = run;
    if (loop_is_current(l)) {
        list_append(&l->thread_data.tasks, &task->node);
        return;
    }
    const int cancellation = cancellation_off(); /* a wake-up writes to a descriptor */
    pthread_mutex_lock(&l->synced_data.lock);
    list_append(&l->synced_data.tasks, &task->node);
    if (atomic_exchange(&l->state, LOOP_HAS_TASKS) == LOOP_SLEEPS)
        l->poller.wake(l->poller.state);
    pthread_mutex_unlock(&l->synced_data.lock);
    cancellation_restore(cancellation);
}

void loop_timer_set(loop *l, timer *t, int64_t when_ns, void (*run)(timer *))
{
    BOXD_ASSERT(loop_is_current(l));
    if (when_ns == CLOCK_NEVER)
        timer_clear(&l->thread_data.timers, t);
    else
        timer_set(&l->thread_data.timers, t, when_ns, run);
}

void loop_timer_clear(loop *l, timer *t)
{
    BOXD_ASSERT(!t->set || loop_is_current(l));
    timer_clear(&l->thread_data.timers, t);
}
