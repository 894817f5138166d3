/*
 * core.c: references to a client, its start, and its way down.
 */
#include "core/clock.h"
#include "core/core_private.h"
#include "errors.h"
#include "mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- references ---- */

void core_ref(core *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void core_unref(core *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    while (c->synced_data.spare) {
        core_closer *next = c->synced_data.spare->next;
        mem_free(c->synced_data.spare);
        c->synced_data.spare = next;
    }
    if (c->event_fd >= 0)
        close(c->event_fd);
    pthread_cond_destroy(&c->synced_data.changed);
    pthread_mutex_destroy(&c->synced_data.lock);
    loop_destroy(&c->loop);
    c->hooks->destroy(c);
}

bool core_is_copy(const core *c)
{
    return c->process != getpid();
}

void core_copy_error(boxd_error *error)
{
    error_set(
        error, BOXD_ERR_FORKED,
        "this process is a child made by fork(), and the client its parent's: its threads and connections "
        "are not here; fork before the first client is opened, or exec");
}

bool core_add_user(core *c)
{
    core_closer *closer = core_is_copy(c) ? NULL : mem_calloc(1, sizeof *closer);
    if (!closer)
        return false;
    core_ref(c);
    pthread_mutex_lock(&c->synced_data.lock);
    closer->next = c->synced_data.spare;
    c->synced_data.spare = closer;
    pthread_mutex_unlock(&c->synced_data.lock);
    return true;
}

void core_count(const core *c, boxd_counters *counters)
{
    core *locked = (core *)(uintptr_t)c; /* the lock changes, the client does not */
    pthread_mutex_lock(&locked->synced_data.lock);
    counters->calls = c->synced_data.calls;
    counters->succeeded = c->synced_data.succeeded;
    counters->failed = c->synced_data.failed;
    counters->in_flight = c->synced_data.in_flight;
    counters->waiting = c->synced_data.waiting;
    counters->due = c->synced_data.due_count + c->synced_data.close_due;
    pthread_mutex_unlock(&locked->synced_data.lock);
}

/* ---- start ---- */

static void thread_ended(void *arg);

static void list_init(op_list *list)
{
    list->last = &list->first;
}

boxd_status core_start(core *c, const core_settings *settings, loop_poller poller, const core_hooks *hooks,
                       boxd_error *error)
{
    c->hooks = hooks;
    c->opener = settings->opener;
    c->detacher = settings->detacher;
    c->dispatch = settings->dispatch;
    c->max_in_flight = settings->max_in_flight;
    c->process = getpid();
    c->event_fd = -1;
    list_init(&c->thread_data.running);
    list_init(&c->thread_data.waiting);
    list_init(&c->thread_data.asking);
    c->synced_data.last_closing = &c->synced_data.closing;
    atomic_init(&c->refs, 2); /* the program's and the thread's */
    c->synced_data.state = CORE_OPEN;
    c->synced_data.due_last = &c->synced_data.due;
    c->synced_data.spare = mem_calloc(1, sizeof *c->synced_data.spare);
    if (!c->synced_data.spare)
        return error_no_memory(error, "opening a client");
    if (c->dispatch == BOXD_DISPATCH_MANUAL) {
        c->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (c->event_fd < 0) {
            error_set(error, BOXD_ERR_FAILED,
                      "no descriptor for dispatch (errno %d); raise the limit of open files", errno);
            goto no_descriptor;
        }
    }
    pthread_mutex_init(&c->synced_data.lock, NULL);
    monotonic_cond_init(&c->synced_data.changed);
    if (loop_start(&c->loop, settings->thread_name, poller, thread_ended, c, error) == BOXD_OK)
        return BOXD_OK;
    pthread_cond_destroy(&c->synced_data.changed);
    pthread_mutex_destroy(&c->synced_data.lock);
    if (c->event_fd >= 0)
        close(c->event_fd);
no_descriptor:
    mem_free(c->synced_data.spare);
    return error ? error->status : BOXD_ERR_FAILED;
}

/* ---- the way down ---- */

boxd_status core_closed_error(const core *c, boxd_error *error)
{
    return error_set(error, BOXD_ERR_CLOSED, "the client is closed; open another one with %s()", c->opener);
}

static void run_close(loop_task *task)
{
    core *c = (core *)(void *)((char *)task - offsetof(core, close_task));
    c->thread_data.closing = true;
    op_stop_all(c);
}

/* All operations seem to be delivered: nothing is left but the close callbacks, unless one was submitted
 * meanwhile. */
static void run_idle(loop_task *task)
{
    core *c = (core *)(void *)((char *)task - offsetof(core, idle_task));
    pthread_mutex_lock(&c->synced_data.lock);
    bool ending = c->synced_data.live == 0;
    c->synced_data.idle_posted = false;
    if (ending)
        c->synced_data.state = CORE_ENDING;
    pthread_mutex_unlock(&c->synced_data.lock);
    if (ending)
        loop_stop(&c->loop);
}

/* The lock keeps the loop from ending before this has posted. */
void core_post_if_idle(core *c)
{
    if (c->synced_data.live > 0 || c->synced_data.state != CORE_CLOSING || c->synced_data.idle_posted)
        return;
    c->synced_data.idle_posted = true;
    loop_post(&c->loop, &c->idle_task, run_idle);
}

void core_call_closed(core_done_fn callback, void *user_data)
{
    if (!callback)
        return;
    thread_enter_callback();
    callback(BOXD_OK, NULL, user_data);
    thread_leave_callback();
}

/* Each closer keeps its reference until it was called. */
static void call_closers(core *c, core_closer *closer)
{
    while (closer) {
        core_closer *next = closer->next;
        core_call_closed(closer->callback, closer->user_data);
        mem_free(closer);
        core_unref(c);
        closer = next;
    }
}

static void run_closers(loop_task *task)
{
    core *c = (core *)(void *)((char *)task - offsetof(core, close_task));
    pthread_mutex_lock(&c->synced_data.lock);
    core_closer *closers = c->synced_data.closing;
    c->synced_data.closing = NULL;
    c->synced_data.last_closing = &c->synced_data.closing;
    pthread_mutex_unlock(&c->synced_data.lock);
    call_closers(c, closers);
}

/* The last thing the loop's thread does. Whoever closes and waits joins it; without such a one it detaches
 * itself. */
static void thread_ended(void *arg)
{
    core *c = arg;
    const bool manual = c->dispatch == BOXD_DISPATCH_MANUAL;
    c->hooks->wind_down(c);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.state = CORE_ENDED;
    c->close_task.run = run_closers;
    c->synced_data.close_due = manual && c->synced_data.closing;
    pthread_mutex_unlock(&c->synced_data.lock);
    if (!manual)
        run_closers(&c->close_task);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.finished = true;
    if (manual)
        eventfd_write(c->event_fd, 1); /* for good: no loop is to sleep on a client that has ended */
    if (!c->synced_data.joining)
        pthread_detach(c->loop.thread);
    pthread_cond_broadcast(&c->synced_data.changed);
    pthread_mutex_unlock(&c->synced_data.lock);
    core_unref(c);
}

void core_detach_if_ended(core *c)
{
    pthread_mutex_lock(&c->synced_data.lock);
    const bool ended = c->synced_data.state == CORE_ENDED && !c->synced_data.due && !c->synced_data.close_due;
    pthread_mutex_unlock(&c->synced_data.lock);
    if (ended)
        core_detach(c);
}

/* Begins closing if nobody did, and takes what was made with the caller's reference; NULL: it closes once
 * more than it has references, while the client is still there. Under the lock. */
static core_closer *begin_close(core *c)
{
    core_closer *closer = c->synced_data.spare;
    if (closer)
        c->synced_data.spare = closer->next;
    if (c->synced_data.state == CORE_OPEN) {
        c->synced_data.state = CORE_CLOSING;
        loop_post(&c->loop, &c->close_task, run_close);
        core_post_if_idle(c);
    }
    return closer;
}

/* With manual dispatch: once the program has closed all its references without a callback that it waits for,
 * and no loop is attached, nobody may dispatch any more. What is left then runs on the loop's thread, since
 * every callback runs. Under the lock. */
static void deliver_to_nobody(core *c)
{
    const bool abandoned = c->dispatch == BOXD_DISPATCH_MANUAL && c->synced_data.state != CORE_OPEN &&
                           !c->synced_data.spare && !c->synced_data.closing && !c->synced_data.detach &&
                           c->synced_data.closing_threads == 0;
    if (!abandoned || c->synced_data.abandoned)
        return;
    c->synced_data.abandoned = true;
    while (c->synced_data.due) {
        loop_task *task = c->synced_data.due;
        c->synced_data.due = task->next;
        loop_post(&c->loop, task, task->run);
    }
    c->synced_data.due_last = &c->synced_data.due;
    c->synced_data.due_count = 0;
}

void core_detached(core *c)
{
    pthread_mutex_lock(&c->synced_data.lock);
    deliver_to_nobody(c);
    pthread_mutex_unlock(&c->synced_data.lock);
}

void core_close(core *c, core_done_fn callback, void *user_data)
{
    if (core_is_copy(c)) { /* what the parent's is made of is not to be touched */
        core_call_closed(callback, user_data);
        return;
    }
    core_closer *extra = callback ? mem_calloc(1, sizeof *extra) : NULL;
    pthread_mutex_lock(&c->synced_data.lock);
    core_closer *closer = begin_close(c);
    bool is_orphan = false;
    if (!closer) { /* one close too many: it waits for the same end */
        closer = extra;
        extra = NULL;
        is_orphan = true;
        core_ref(c);
    }
    const bool late = c->synced_data.state == CORE_ENDED;
    if (closer) {
        *closer = (core_closer){.callback = callback, .user_data = user_data, .is_orphan = is_orphan};
        if (callback && !late) {
            *c->synced_data.last_closing = closer;
            c->synced_data.last_closing = &closer->next;
        }
    }
    deliver_to_nobody(c);
    pthread_mutex_unlock(&c->synced_data.lock);
    mem_free(extra);
    if (callback && closer) {
        if (late)
            call_closers(c, closer);
        return;
    }
    core_call_closed(callback, user_data); /* out of memory for the one too many: its callback comes early */
    mem_free(closer);
    core_unref(c);
}

/* Whether nobody is left who may dispatch the close callbacks: all come from closes too many, inside
 * callbacks that a blocking close ran. Under the lock. */
static bool take_orphans(core *c)
{
    bool orphans = !c->synced_data.spare;
    for (const core_closer *closer = c->synced_data.closing; closer; closer = closer->next)
        orphans &= closer->is_orphan;
    return orphans && core_take_close(c);
}

boxd_status core_close_and_wait(core *c)
{
    if (thread_in_callback()) {
        core_close(c, NULL, NULL);
        return BOXD_ERR_WOULD_DEADLOCK;
    }
    if (core_is_copy(c))
        return BOXD_OK;
    pthread_mutex_lock(&c->synced_data.lock);
    core_closer *closer = begin_close(c);
    if (!closer)
        core_ref(c); /* one close too many: it waits for the same end */
    const bool join = !c->synced_data.finished && !c->synced_data.joining;
    c->synced_data.joining |= join;
    c->synced_data.closing_threads++;
    while (!c->synced_data.finished) {
        if (c->synced_data.due) {
            pthread_mutex_unlock(&c->synced_data.lock);
            dispatch_run(c, 0, false);
            pthread_mutex_lock(&c->synced_data.lock);
        } else {
            pthread_cond_wait(&c->synced_data.changed, &c->synced_data.lock);
        }
    }
    c->synced_data.closing_threads--;
    const bool orphans = take_orphans(c);
    pthread_mutex_unlock(&c->synced_data.lock);
    mem_free(closer);
    if (join)
        pthread_join(c->loop.thread, NULL);
    if (orphans)
        run_closers(&c->close_task);
    core_detach_if_ended(c);
    core_unref(c);
    return BOXD_OK;
}
