#include "core.h"

#include "clock.h"
#include "errors.h"
#include "mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static _Thread_local unsigned callback_depth;
static _Thread_local bool direct_callbacks;

bool core_in_callback(void)
{
    return callback_depth > 0;
}

bool core_direct_callbacks(bool on)
{
    bool before = direct_callbacks;
    direct_callbacks = on;
    return before;
}

void core_enter_callback(void)
{
    callback_depth++;
}

void core_leave_callback(void)
{
    callback_depth--;
}

static void post_if_idle(core *c);

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

bool core_add_user(core *c)
{
    core_closer *closer = mem_calloc(1, sizeof *closer);
    if (!closer)
        return false;
    core_ref(c);
    pthread_mutex_lock(&c->synced_data.lock);
    closer->next = c->synced_data.spare;
    c->synced_data.spare = closer;
    pthread_mutex_unlock(&c->synced_data.lock);
    return true;
}

/* ---- start ---- */

static void thread_ended(void *arg);

boxd_status core_start(core *c, const char *thread_name, loop_poller poller, boxd_dispatch_mode dispatch,
                       const core_hooks *hooks, boxd_error *error)
{
    c->hooks = hooks;
    c->dispatch = dispatch;
    c->event_fd = -1;
    atomic_init(&c->refs, 2); /* the program's and the thread's */
    c->synced_data.state = CORE_OPEN;
    c->synced_data.due_last = &c->synced_data.due;
    c->synced_data.spare = mem_calloc(1, sizeof *c->synced_data.spare);
    if (!c->synced_data.spare)
        return error_no_memory(error, "opening a client");
    if (dispatch == BOXD_DISPATCH_MANUAL) {
        c->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (c->event_fd < 0) {
            error_set(error, BOXD_ERR_FAILED,
                      "no descriptor for dispatch (errno %d); raise the limit of open files", errno);
            goto no_descriptor;
        }
    }
    pthread_mutex_init(&c->synced_data.lock, NULL);
    monotonic_cond_init(&c->synced_data.changed);
    if (loop_start(&c->loop, thread_name, poller, thread_ended, c, error) == BOXD_OK)
        return BOXD_OK;
    pthread_cond_destroy(&c->synced_data.changed);
    pthread_mutex_destroy(&c->synced_data.lock);
    if (c->event_fd >= 0)
        close(c->event_fd);
no_descriptor:
    mem_free(c->synced_data.spare);
    return error ? error->status : BOXD_ERR_FAILED;
}

/* ---- where callbacks run ---- */

static void deliver(op *o)
{
    core *c = o->core;
    core_enter_callback();
    o->class->deliver(o);
    core_leave_callback();
    op_unref(o);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.live--;
    post_if_idle(c);
    pthread_mutex_unlock(&c->synced_data.lock);
}

static op *op_of_task(loop_task *task)
{
    return (op *)(void *)((char *)task - offsetof(op, task));
}

static void run_deliver(loop_task *task)
{
    deliver(op_of_task(task));
}

/* Queues `task` for manual dispatch; the descriptor becomes readable on the edge from empty. */
static void queue_due(core *c, loop_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&c->synced_data.lock);
    bool was_empty = c->synced_data.due == NULL;
    *c->synced_data.due_last = task;
    c->synced_data.due_last = &task->next;
    c->synced_data.due_count++;
    if (was_empty) {
        eventfd_write(c->event_fd, 1);
        pthread_cond_broadcast(&c->synced_data.changed);
    }
    pthread_mutex_unlock(&c->synced_data.lock);
}

/* Lets `task` run where the operation's callbacks do. */
static void post_callback(const op *o, loop_task *task, void (*run)(loop_task *))
{
    if (o->core->dispatch != BOXD_DISPATCH_MANUAL || o->direct) {
        loop_post(&o->core->loop, task, run);
        return;
    }
    task->run = run;
    queue_due(o->core, task);
}

/* What op_news.state says. */
enum {
    NEWS = 1,    /* there is something to tell */
    TELLING = 2, /* news.task waits or runs; whoever runs it goes on with what came meanwhile */
    ENDED = 4    /* op_finish() was called, so that no more news comes */
};

static void run_tell(loop_task *task)
{
    op *o = (op *)(void *)((char *)task - offsetof(op, news.task));
    unsigned state = TELLING;
    atomic_fetch_and(&o->news.state, ~(unsigned)NEWS);
    core_enter_callback();
    o->news.tell(o->news.data);
    core_leave_callback();
    /* Once it is not TELLING any more, or is posted, another thread may free it. */
    if (atomic_compare_exchange_strong(&o->news.state, &state, 0))
        return;
    if (state & NEWS)
        post_callback(o, task, run_tell);
    else
        post_callback(o, &o->task, run_deliver);
}

void op_tell(op *o, void (*tell)(void *data), void *data)
{
    if (atomic_fetch_or(&o->news.state, NEWS | TELLING) & TELLING)
        return;
    o->news.tell = tell;
    o->news.data = data;
    post_callback(o, &o->news.task, run_tell);
}

/* The last callback: after the news. */
static void run_ended(loop_task *task)
{
    op *o = op_of_task(task);
    if (atomic_fetch_or(&o->news.state, ENDED) & TELLING)
        return; /* run_tell() goes on with it */
    if (o->core->dispatch == BOXD_DISPATCH_MANUAL && !o->direct)
        post_callback(o, task, run_deliver);
    else
        deliver(o);
}

/* The next callback that is due, or NULL; the last one taken makes the descriptor unreadable. The close
 * callbacks come after all others, and only with `close`. */
static loop_task *take_due(core *c, bool close)
{
    pthread_mutex_lock(&c->synced_data.lock);
    loop_task *task = c->synced_data.due;
    if (task) {
        c->synced_data.due = task->next;
        c->synced_data.due_count--;
        if (!task->next) {
            eventfd_t count;
            c->synced_data.due_last = &c->synced_data.due;
            if (!c->synced_data.finished)
                eventfd_read(c->event_fd, &count);
        }
    } else if (close && c->synced_data.close_due) {
        c->synced_data.close_due = false;
        task = &c->close_task;
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    return task;
}

static size_t count_due(core *c)
{
    pthread_mutex_lock(&c->synced_data.lock);
    size_t count = c->synced_data.due_count + c->synced_data.close_due;
    pthread_mutex_unlock(&c->synced_data.lock);
    return count;
}

static size_t dispatch(core *c, size_t max, bool close)
{
    core_ref(c); /* a callback may be the one that ends the client */
    size_t limit = max ? max : count_due(c), ran = 0;
    loop_task *task;
    while (ran < limit && (task = take_due(c, close))) {
        task->run(task);
        ran++;
    }
    core_unref(c);
    return ran;
}

size_t core_dispatch(core *c, size_t max)
{
    return c->dispatch == BOXD_DISPATCH_MANUAL && !core_in_callback() ? dispatch(c, max, true) : 0;
}

/* ---- operations ---- */

void op_init(op *o, const op_class *class, core *c, const boxd_call_options *call, int64_t default_timeout_ms)
{
    o->class = class;
    o->core = c;
    core_ref(c);
    atomic_init(&o->refs, 1);
    o->direct = direct_callbacks;
    atomic_init(&o->news.state, 0);
    o->error = (boxd_error)BOXD_ERROR_INIT;
    o->timeout_ms = call && call->timeout_ms ? call->timeout_ms : default_timeout_ms;
    o->thread_data.deadline_ns = clock_after_ms(o->timeout_ms);
    o->cancel_token = call ? cancel_token_ref(call->cancel) : NULL;
}

void op_ref(op *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
}

void op_unref(op *o)
{
    if (atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
        return;
    core *c = o->core;
    boxd_cancel_token_free(o->cancel_token);
    o->class->destroy(o);
    core_unref(c);
}

static boxd_status closed(boxd_error *error)
{
    return error_set(error, BOXD_ERR_CLOSED,
                     "the client is closed; open another one with boxd_compute_open()");
}

static void link_running(op *o)
{
    core *c = o->core;
    o->thread_data.next = c->thread_data.running;
    if (o->thread_data.next)
        o->thread_data.next->thread_data.previous = o;
    c->thread_data.running = o;
    o->thread_data.running = true;
}

static void unlink_running(op *o)
{
    if (o->thread_data.next)
        o->thread_data.next->thread_data.previous = o->thread_data.previous;
    if (o->thread_data.previous)
        o->thread_data.previous->thread_data.next = o->thread_data.next;
    else
        o->core->thread_data.running = o->thread_data.next;
    o->thread_data.running = false;
}

/* Stops a running operation for the reason that is in its stop_error. */
static void stop(op *o)
{
    o->thread_data.stopping = true;
    o->class->stop(o);
}

static void on_deadline(timer *t)
{
    op *o = (op *)(void *)((char *)t - offsetof(op, thread_data.deadline));
    if (o->thread_data.stopping)
        return;
    error_set_sent(&o->thread_data.stop_error, BOXD_ERR_TIMEOUT, BOXD_SENT_UNKNOWN,
                   "no answer within %lld ms", (long long)o->timeout_ms);
    stop(o);
}

static void cancel_error(boxd_error *error, boxd_sent sent)
{
    error_set_sent(error, BOXD_ERR_CANCELLED, sent, "the call's cancel token was fired");
}

static void run_cancel(loop_task *task)
{
    op *o = (op *)(void *)((char *)task - offsetof(op, cancel_task));
    if (o->thread_data.running && !o->thread_data.stopping) {
        cancel_error(&o->thread_data.stop_error, BOXD_SENT_UNKNOWN);
        stop(o);
    }
    op_unref(o);
}

/* On the firing thread, under the token's lock: the operation is registered, so it and its loop are alive. */
static void token_fired(cancel_entry *entry)
{
    op *o = (op *)(void *)((char *)entry - offsetof(op, cancel));
    op_ref(o);
    loop_post(&o->core->loop, &o->cancel_task, run_cancel);
}

static void run_start(loop_task *task)
{
    op *o = op_of_task(task);
    link_running(o);
    if (o->core->thread_data.closing && o->error.status == BOXD_OK)
        closed(&o->error); /* submitted before the close, posted after it */
    if (o->error.status != BOXD_OK) {
        boxd_error early = o->error;
        op_finish(o, &early);
        return;
    }
    if (o->cancel_token && !cancel_register(&o->cancel, o->cancel_token, token_fired)) {
        boxd_error early;
        cancel_error(&early, BOXD_SENT_NO);
        op_finish(o, &early);
        return;
    }
    loop_timer_set(&o->core->loop, &o->thread_data.deadline, o->thread_data.deadline_ns, on_deadline);
    o->class->start(o);
}

void op_submit(op *o)
{
    core *c = o->core;
    pthread_mutex_lock(&c->synced_data.lock);
    core_state state = c->synced_data.state;
    if (state < CORE_ENDING)
        c->synced_data.live++;
    pthread_mutex_unlock(&c->synced_data.lock);
    if (state != CORE_OPEN && o->error.status == BOXD_OK)
        closed(&o->error);
    if (state < CORE_ENDING) {
        loop_post(&c->loop, &o->task, run_start);
        return;
    }
    core_enter_callback(); /* no thread is left to deliver on */
    o->class->deliver(o);
    core_leave_callback();
    op_unref(o);
}

void op_finish(op *o, const boxd_error *error)
{
    core *c = o->core;
    if (error)
        o->error = *error;
    unlink_running(o);
    loop_timer_clear(&c->loop, &o->thread_data.deadline);
    cancel_unregister(&o->cancel);
    loop_post(&c->loop, &o->task, run_ended);
}

/* ---- the way down ---- */

/* Stopping an operation may finish it and others, but op_finish() only posts: the memory that this walks
 * stays. */
static void run_close(loop_task *task)
{
    core *c = (core *)(void *)((char *)task - offsetof(core, close_task));
    c->thread_data.closing = true;
    op *next;
    for (op *o = c->thread_data.running; o; o = next) {
        next = o->thread_data.next;
        if (!o->thread_data.running || o->thread_data.stopping)
            continue;
        closed(&o->thread_data.stop_error);
        stop(o);
    }
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

/* Under the core's lock, so that the loop cannot end before this has posted. */
static void post_if_idle(core *c)
{
    if (c->synced_data.live > 0 || c->synced_data.state != CORE_CLOSING || c->synced_data.idle_posted)
        return;
    c->synced_data.idle_posted = true;
    loop_post(&c->loop, &c->idle_task, run_idle);
}

/* Each closer keeps its reference until it was called. */
static void call_closers(core *c, core_closer *closer)
{
    while (closer) {
        core_closer *next = closer->next;
        core_enter_callback();
        closer->callback(BOXD_OK, NULL, closer->user_data);
        core_leave_callback();
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
    c->synced_data.close_due = manual;
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
        post_if_idle(c);
    }
    return closer;
}

void core_close(core *c, core_done_fn callback, void *user_data)
{
    core_closer *extra = callback ? mem_calloc(1, sizeof *extra) : NULL;
    pthread_mutex_lock(&c->synced_data.lock);
    core_closer *closer = begin_close(c);
    if (!closer) { /* one close too many: it waits for the same end */
        closer = extra;
        extra = NULL;
        core_ref(c);
    }
    const bool late = c->synced_data.state == CORE_ENDED;
    if (closer) {
        *closer = (core_closer){.callback = callback, .user_data = user_data};
        if (callback && !late) {
            closer->next = c->synced_data.closing;
            c->synced_data.closing = closer;
        }
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    mem_free(extra);
    if (callback && closer) {
        if (late)
            call_closers(c, closer);
        return;
    }
    if (callback) { /* out of memory for the one too many: its callback comes early */
        core_enter_callback();
        callback(BOXD_OK, NULL, user_data);
        core_leave_callback();
    }
    mem_free(closer);
    core_unref(c);
}

boxd_status core_close_and_wait(core *c)
{
    if (core_in_callback()) {
        core_close(c, NULL, NULL);
        return BOXD_ERR_WOULD_DEADLOCK;
    }
    pthread_mutex_lock(&c->synced_data.lock);
    core_closer *closer = begin_close(c);
    if (!closer)
        core_ref(c); /* one close too many: it waits for the same end */
    const bool join = !c->synced_data.finished && !c->synced_data.joining;
    c->synced_data.joining |= join;
    while (!c->synced_data.finished) {
        if (c->synced_data.due) {
            pthread_mutex_unlock(&c->synced_data.lock);
            dispatch(c, 0, false);
            pthread_mutex_lock(&c->synced_data.lock);
        } else {
            pthread_cond_wait(&c->synced_data.changed, &c->synced_data.lock);
        }
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    mem_free(closer);
    if (join)
        pthread_join(c->loop.thread, NULL);
    core_unref(c);
    return BOXD_OK;
}
