/*
 * op.c: the life cycle of an operation, from its submission to its delivery. Called by requests of both
 * products: submitted on any thread, run on the loop thread, delivered where callbacks run.
 */
#include "core/op.h"

#include "core/clock.h"
#include "errors.h"
#include "invariant.h"

static const slot_state slot_needs[] = {
    [CALLER_PROGRAM] = SLOT_NEEDED,
    [CALLER_BLOCKING] = SLOT_WAIT,
    [CALLER_LIBRARY] = SLOT_NONE,
};

void op_init(op *o, const op_class *class, core *c, const boxd_call_options *call, int64_t default_timeout_ms)
{
    o->class = class;
    o->core = c;
    core_ref(c);
    atomic_init(&o->refs, 1);
    o->caller = thread_submits_as();
    o->slot.state = slot_needs[o->caller];
    op_progress_init(&o->progress);
    o->timeout_ms = call && call->timeout_ms ? call->timeout_ms : default_timeout_ms;
    o->thread_data.deadline_ns = clock_after_ms(o->timeout_ms);
    o->cancel_token = call ? cancel_token_ref(call->cancel) : NULL;
}

void op_drop_slot(op *o)
{
    o->slot.state = SLOT_NONE;
}

void op_move_slot(op *from, op *to)
{
    to->slot.state = from->slot.state;
    op_drop_slot(from);
}

void op_ref(op *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
}

void op_unref(op *o)
{
    const unsigned before = atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel);
    BOXD_ASSERT(before > 0);
    if (before != 1)
        return;
    core *c = o->core;
    boxd_cancel_token_free(o->cancel_token);
    o->class->destroy(o);
    core_unref(c);
}

static bool is_on_loop(const op *o)
{
    return loop_is_current(&o->core->loop) && !mutex_any_is_held();
}

/* ---- stop ---- */

static void stop_waiting(op *o)
{
    o->thread_data.queued = false;
    core_leave_admission(o->core, &o->slot);
}

/* Ends an operation that never had a slot: it has done nothing. */
static void finish_queued(op *o)
{
    const boxd_error *reason = &o->error;
    boxd_error error;
    stop_waiting(o);
    error_set(&error, reason->status,
              "the call waited for a slot among the %zu in flight (the client's max_calls_in_flight): %s",
              o->core->synced_data.admission.limit, reason->message);
    error.retryable = reason->status == BOXD_ERR_TIMEOUT;
    op_finish(o, &error);
}

/* Stops a running operation for the reason that is in its error. */
static void stop(op *o)
{
    BOXD_ASSERT(is_on_loop(o) && o->thread_data.running && !o->thread_data.stopping);
    o->thread_data.stopping = true;
    if (o->thread_data.queued)
        finish_queued(o);
    else
        o->class->stop(o);
}

static void on_deadline(timer *t)
{
    op *o = CONTAINER_OF(t, op, thread_data.deadline);
    if (o->thread_data.stopping)
        return;
    error_set_sent(&o->error, BOXD_ERR_TIMEOUT, BOXD_SENT_UNKNOWN, "no answer within %lld ms",
                   (long long)o->timeout_ms);
    stop(o);
}

static void cancel_error(boxd_error *error, boxd_sent sent)
{
    error_set_sent(error, BOXD_ERR_CANCELLED, sent, "the call's cancel token was fired");
}

static void run_cancel(loop_task *task)
{
    op *o = CONTAINER_OF(task, op, cancel_task);
    if (o->thread_data.running && !o->thread_data.stopping) {
        cancel_error(&o->error, BOXD_SENT_UNKNOWN);
        stop(o);
    }
    op_unref(o);
}

/* On the firing thread, under the token's lock: the operation is registered, so it and its loop are alive. */
static void token_fired(cancel_entry *entry)
{
    op *o = CONTAINER_OF(entry, op, cancel);
    op_ref(o);
    loop_post(&o->core->loop, &o->cancel_task, run_cancel);
}

static void stop_for_close(core_member *m)
{
    op *o = CONTAINER_OF(m, op, thread_data.member);
    if (o->thread_data.stopping)
        return;
    core_closed_error(o->core, &o->error);
    stop(o);
}

/* ---- start ---- */

static void start(op *o)
{
    BOXD_ASSERT(is_on_loop(o) && o->thread_data.running && !o->thread_data.stopping);
    o->class->start(o);
}

/* The operation has its slot. If this comes before run_start(), that starts it. */
static void on_slot(slot *s)
{
    op *o = CONTAINER_OF(s, op, slot);
    o->thread_data.queued = false;
    if (o->thread_data.running)
        start(o);
}

/* Whether the operation may start; else o->error says why not. */
static bool may_start(op *o, bool closing)
{
    if (o->error.status != BOXD_OK)
        return false;
    if (closing) /* submitted before the close, started after it */
        core_closed_error(o->core, &o->error);
    else if (o->cancel_token && !cancel_register(&o->cancel, o->cancel_token, token_fired))
        cancel_error(&o->error, BOXD_SENT_NO);
    return o->error.status == BOXD_OK;
}

static void run_start(loop_task *task)
{
    op *o = CONTAINER_OF(task, op, task);
    const bool closing = !core_join(o->core, &o->thread_data.member, stop_for_close);
    o->thread_data.running = true;
    if (!may_start(o, closing)) {
        const boxd_error early = o->error;
        if (o->thread_data.queued)
            stop_waiting(o);
        op_finish(o, &early);
        return;
    }
    loop_timer_set(&o->core->loop, &o->thread_data.deadline, o->thread_data.deadline_ns, on_deadline);
    if (!o->thread_data.queued)
        start(o);
}

/* ---- end ---- */

static void call_back(op *o)
{
    BOXD_ASSERT(!mutex_any_is_held());
    thread_enter_callback();
    o->class->deliver(o);
    thread_leave_callback();
}

/* The slot is released before the callback runs, so that the callback may submit the next operation. */
static void run_deliver(loop_task *task)
{
    op *o = CONTAINER_OF(task, op, task);
    core *c = o->core;
    const bool notified = o->slot.state == SLOT_NOTIFIED;
    if (o->is_call)
        core_release(c, &o->slot, o->error.status == BOXD_OK || o->ended_by_program);
    call_back(o);
    if (core_is_copy(c)) /* the callback forked, and this is the child */
        return;
    op_unref(o);
    core_leave(c, notified);
}

/* Lets an operation that has ended wait until it is delivered. */
static void post_delivery(op *o)
{
    if (o->is_call)
        core_complete(o->core, &o->slot);
    core_post_callback(o->core, o->caller, &o->task, run_deliver);
}

static void run_ended(loop_task *task)
{
    op *o = CONTAINER_OF(task, op, task);
    if (!op_progress_end(&o->progress))
        return; /* run_progress() delivers it */
    if (core_queues_callbacks(o->core, o->caller))
        post_delivery(o);
    else
        run_deliver(task);
}

void op_finish(op *o, const boxd_error *error)
{
    core *c = o->core;
    BOXD_ASSERT(is_on_loop(o) && o->thread_data.running && !o->thread_data.queued);
    if (error)
        o->error = *error;
    else if (o->thread_data.stopping) /* it succeeded nevertheless */
        o->error = (boxd_error)BOXD_ERROR_INIT;
    o->thread_data.running = false;
    core_part(c, &o->thread_data.member);
    loop_timer_clear(&c->loop, &o->thread_data.deadline);
    cancel_unregister(&o->cancel);
    loop_post(&c->loop, &o->task, run_ended);
}

void op_submit(op *o)
{
    core *c = o->core;
    core_entry entry = ENTRY_NONE;
    o->is_call = o->slot.state != SLOT_NONE;
    o->slot.ready = on_slot;
    o->thread_data.queued = o->slot.state == SLOT_WAIT; /* on_slot() may run before this returns */
    if (core_is_copy(c))
        core_copy_error(&o->error);
    else
        entry = core_enter(c, &o->slot, &o->error);
    if (entry == ENTRY_NONE) {
        call_back(o);
        op_unref(o);
        return;
    }
    if (entry == ENTRY_STARTS)
        o->thread_data.queued = false;
    loop_post(&c->loop, &o->task, run_start);
}

/* ---- progress ---- */

static void run_progress(loop_task *task)
{
    op *o = CONTAINER_OF(task, op, progress.task);
    op_progress_call(&o->progress);
    if (core_is_copy(o->core)) /* the callback forked, and this is the child */
        return;
    switch (op_progress_after_call(&o->progress)) {
    case PROGRESS_IDLE:
        return; /* another thread may have freed the operation */
    case PROGRESS_AGAIN:
        core_post_callback(o->core, o->caller, task, run_progress);
        return;
    case PROGRESS_ENDED:
        post_delivery(o);
        return;
    }
}

void op_notify(op *o, void (*notify)(void *data), void *data)
{
    BOXD_ASSERT(is_on_loop(o) && o->thread_data.running);
    if (op_progress_request(&o->progress, notify, data))
        core_post_callback(o->core, o->caller, &o->progress.task, run_progress);
}

/* ---- waiting for a slot without taking it ---- */

static void on_slot_free(slot *s)
{
    op_finish(CONTAINER_OF(s, op, slot), NULL);
}

void op_wait_for_slot(op *o)
{
    o->slot.ready = on_slot_free;
    core_watch_admission(o->core, &o->slot);
}

void op_stop_waiting_for_slot(op *o)
{
    core_leave_admission(o->core, &o->slot);
}
