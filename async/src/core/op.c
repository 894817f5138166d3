/*
 * op.c: the life of an operation, from its submission to its end.
 */
#include "core/clock.h"
#include "core/core_private.h"
#include "errors.h"

static const op_room room_needs[] = {
    [CALLER_PROGRAM] = ROOM_NEEDED,
    [CALLER_BLOCKING] = ROOM_PATIENT,
    [CALLER_LIBRARY] = ROOM_NONE,
};

void op_init(op *o, const op_class *class, core *c, const boxd_call_options *call, int64_t default_timeout_ms)
{
    o->class = class;
    o->core = c;
    core_ref(c);
    atomic_init(&o->refs, 1);
    o->caller = thread_submits_as();
    o->room = room_needs[o->caller];
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

static void link_running(op *o)
{
    op_list *running = &o->core->thread_data.running;
    o->thread_data.next = NULL;
    o->thread_data.link = running->last;
    *running->last = o;
    running->last = &o->thread_data.next;
    o->thread_data.running = true;
}

static void unlink_running(op *o)
{
    *o->thread_data.link = o->thread_data.next;
    if (o->thread_data.next)
        o->thread_data.next->thread_data.link = o->thread_data.link;
    else
        o->core->thread_data.running.last = o->thread_data.link;
    o->thread_data.running = false;
}

/* ---- stopping ---- */

/* It never had room: nothing of it is under way. */
static void finish_waiting(op *o)
{
    const boxd_error *reason = &o->thread_data.stop_error;
    boxd_error error;
    room_leave(o);
    error_set(&error, reason->status,
              "the call waited for room among the %zu in flight (the client's max_calls_in_flight): %s",
              o->core->max_in_flight, reason->message);
    error.retryable = reason->status == BOXD_ERR_TIMEOUT;
    op_finish(o, &error);
}

/* Stops a running operation for the reason that is in its stop_error. */
static void stop(op *o)
{
    o->thread_data.stopping = true;
    if (o->room == ROOM_AWAITED)
        finish_waiting(o);
    else
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

/* Stopping an operation may finish it and others, but op_finish() only posts: the memory that this walks
 * stays. */
void op_stop_all(core *c)
{
    op *next;
    for (op *o = c->thread_data.running.first; o; o = next) {
        next = o->thread_data.next;
        if (!o->thread_data.running || o->thread_data.stopping)
            continue;
        core_closed_error(c, &o->thread_data.stop_error);
        stop(o);
    }
}

/* ---- start and end ---- */

static void finish_early(op *o, const boxd_error *error)
{
    room_leave(o);
    op_finish(o, error);
}

static void run_start(loop_task *task)
{
    op *o = op_of_task(task);
    link_running(o);
    if (o->core->thread_data.closing && o->error.status == BOXD_OK)
        core_closed_error(o->core, &o->error); /* submitted before the close, posted after it */
    if (o->error.status != BOXD_OK) {
        boxd_error early = o->error;
        finish_early(o, &early);
        return;
    }
    if (o->cancel_token && !cancel_register(&o->cancel, o->cancel_token, token_fired)) {
        boxd_error early;
        cancel_error(&early, BOXD_SENT_NO);
        finish_early(o, &early);
        return;
    }
    loop_timer_set(&o->core->loop, &o->thread_data.deadline, o->thread_data.deadline_ns, on_deadline);
    if (o->room == ROOM_AWAITED)
        room_wait(o);
    else
        o->class->start(o);
}

/* Whether there is a thread to start and deliver it on. */
static bool enter(op *o)
{
    core *c = o->core;
    pthread_mutex_lock(&c->synced_data.lock);
    const core_state state = c->synced_data.state;
    o->counted = o->room != ROOM_NONE;
    if (state < CORE_ENDING) {
        c->synced_data.live++;
        c->synced_data.calls += o->counted;
    }
    if (state == CORE_OPEN && o->error.status == BOXD_OK)
        room_take(o);
    pthread_mutex_unlock(&c->synced_data.lock);
    if (state != CORE_OPEN && o->error.status == BOXD_OK)
        core_closed_error(c, &o->error);
    return state < CORE_ENDING;
}

void op_submit(op *o)
{
    const bool copy = core_is_copy(o->core);
    if (copy)
        core_copy_error(&o->error);
    if (!copy && enter(o)) {
        loop_post(&o->core->loop, &o->task, run_start);
        return;
    }
    dispatch_call(o);
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
    loop_post(&c->loop, &o->task, dispatch_ended);
}
