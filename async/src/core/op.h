/*
 * op.h: an operation: what a client does for one call of the program, or for a part of one.
 *
 * Life cycle: op_init() -> op_submit() on any thread -> start() on the loop -> op_finish() on the loop ->
 * deliver() where callbacks run -> destroy(). Each submitted operation is delivered exactly once: after
 * success, a failure, a cancel, a timeout or a close. Between start() and op_finish() the core may call
 * stop() once, because of a cancel, a timeout or a close; the operation then finishes as soon as it can. In
 * the same time it may notify the program of its progress with op_notify(). An operation that fails before
 * start() is delivered without it.
 *
 * op_finish() only posts: no callback runs in the middle of a state machine, and the memory of the operation
 * stays valid until control returns to the loop.
 *
 * Threads and locks: before op_submit() an operation belongs to the thread that made it, then to the loop's
 * thread until op_finish(), then to the thread that delivers it. Members outside of `thread_data` are set
 * before op_submit() and read later. `slot` needs the core's lock between op_submit() and deliver(). No
 * function of the class is called under a lock.
 */
#ifndef BOXD_OP_H
#define BOXD_OP_H

#include "cancel.h"
#include "core/core.h"
#include "core/op_progress.h"

typedef struct op op;

typedef struct op_class {
    /* Begins the work. Loop thread. */
    void (*start)(op *o);
    /* Ends the work soon, for the reason in o->error unless it succeeds. Loop thread, at most once. */
    void (*stop)(op *o);
    /* Calls the program back with the outcome, which is in o->error. Dispatch thread. */
    void (*deliver)(op *o);
    /* Frees the operation. Any thread. */
    void (*destroy)(op *o);
} op_class;

struct op {
    const op_class *class;
    core *core;
    /* Starts the operation, and later delivers it. */
    loop_task task;
    op_progress progress;
    atomic_uint refs;
    /* For messages; <= 0: none. */
    int64_t timeout_ms;
    /* The outcome. An error that is set before submission is what the operation ends in. From stop() to
     * op_finish(), the reason of the stop. */
    boxd_error error;
    boxd_cancel_token *cancel_token;
    caller caller;
    /* Counted as a call of the program. */
    bool is_call;
    /* The program ended the operation itself: it is not counted as a failure. */
    bool ended_by_program;
    slot slot;
    /* Loop thread only, once submitted. */
    struct {
        core_member member;
        timer deadline;
        int64_t deadline_ns;
        /* Between the start on the loop and op_finish(). */
        bool running;
        /* Waits for its slot: start() was not called. */
        bool queued;
        bool stopping;
    } thread_data;
    cancel_entry cancel;
    loop_task cancel_task;
};

/* Prepares an operation of zeroed memory, whose `error` is set: references, deadline from `call` (0:
 * `default_timeout_ms`), cancel token. Unless it is a part of another one it needs a slot. */
void op_init(op *o, const op_class *class, core *c, const boxd_call_options *call,
             int64_t default_timeout_ms);

/* Before submission: the operation needs no slot. */
void op_drop_slot(op *o);

/* Before submission of both: `to` needs the slot that `from` would have needed. */
void op_move_slot(op *from, op *to);

/* Hands the operation to the loop. Any thread. */
void op_submit(op *o);

/* Ends the operation with `error`, or with NULL for success. Loop thread; once. */
void op_finish(op *o, const boxd_error *error);

/* Makes `notify` run at least once after this call and before deliver(), where callbacks run. `notify` and
 * `data` are the same in all calls for an operation. Loop thread, between start() and op_finish(). */
void op_notify(op *o, void (*notify)(void *data), void *data);

/* Finishes the operation successfully once a slot is free, one such operation at a time: the next one after
 * this one's callback. Loop thread, from start(); the operation has no slot. */
void op_wait_for_slot(op *o);

/* Ends that wait. Loop thread, from stop(). */
void op_stop_waiting_for_slot(op *o);

void op_ref(op *o);
void op_unref(op *o);

#endif
