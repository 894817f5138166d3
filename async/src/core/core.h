/*
 * core.h: what a client is made of, whatever it speaks: a loop, operations that each complete exactly once,
 * the place where their callbacks run, references, and the way down.
 *
 * The life of an operation: op_submit() on any thread -> start() on the loop -> op_finish() on the loop ->
 * deliver() where callbacks run -> destroy(). Between start() and op_finish() the core may once call stop(),
 * because of a cancel, a timeout or a close; the operation then finishes as soon as it can. Meanwhile it may
 * tell the program how it is getting on, with op_tell().
 *
 * Locks are taken in this order: a cancel token's, the core's, a loop's, the poller's own. No callback runs
 * under one; posting to a loop, which may wake its poller, does.
 */
#ifndef BOXD_CORE_H
#define BOXD_CORE_H

#include "cancel.h"
#include "loop.h"

#include <boxd/compute.h>
#include <boxd/error.h>

#include <stdatomic.h>

typedef struct core core;
typedef struct op op;
typedef void (*core_done_fn)(boxd_status status, const boxd_error *error, void *user_data);

typedef struct op_class {
    void (*start)(op *o); /* loop thread */
    void (*stop)(
        op *o); /* loop thread, at most once: end soon, for the reason in stop_error unless it succeeds */
    void (*deliver)(op *o); /* dispatch thread: calls the program back with o->error, NULL-checked */
    void (*destroy)(op *o); /* any thread: frees it */
} op_class;

/* Calls of the program before the last one. They never run beside each other or beside deliver(), also where
 * several threads dispatch; whatever comes while one waits is told by that one. */
typedef struct op_news {
    loop_task task;
    void (*tell)(void *data);
    void *data;
    atomic_uint state; /* bits of core.c */
} op_news;

struct op {
    const op_class *class;
    core *core;
    loop_task task; /* in turn: to start, to deliver */
    op_news news;
    atomic_uint refs;
    int64_t timeout_ms; /* for messages; <= 0: none */
    boxd_error error;   /* the outcome; before submission: set to make it fail with this */
    boxd_cancel_token *cancel_token;
    bool direct; /* delivered on the loop thread in either dispatch mode */
    struct {
        op *previous, *next; /* among the core's running operations */
        timer deadline;
        int64_t deadline_ns;
        bool running, stopping;
        boxd_error stop_error;
    } thread_data; /* loop thread only, once submitted */
    cancel_entry cancel;
    loop_task cancel_task;
};

typedef struct core_hooks {
    void (*wind_down)(
        core *c); /* loop thread: all operations have ended; free what the loop used, the poller too */
    void (*destroy)(
        core *c); /* any thread: the last reference is gone; frees the struct that holds the core */
} core_hooks;

/* A reference's claim to a close, made with the reference so that closing cannot fail. */
typedef struct core_closer {
    struct core_closer *next;
    core_done_fn callback;
    void *user_data;
} core_closer;

typedef enum {
    CORE_OPEN,
    CORE_CLOSING, /* operations are being ended */
    CORE_ENDING,  /* none is left: the loop goes down */
    CORE_ENDED    /* it is down: only close callbacks may still run */
} core_state;

struct core {
    loop loop;
    const core_hooks *hooks;
    boxd_dispatch_mode dispatch;
    int event_fd; /* -1 unless BOXD_DISPATCH_MANUAL */
    atomic_uint refs;
    struct {
        op *running;
        bool closing;
    } thread_data; /* loop thread only */
    struct {
        pthread_mutex_t lock;
        pthread_cond_t changed; /* state, or something to dispatch */
        core_state state;
        size_t live;                /* operations submitted and not delivered */
        loop_task *due, **due_last; /* manual dispatch: what waits for it */
        size_t due_count;
        bool close_due;               /* manual dispatch: the close callbacks wait for it */
        core_closer *spare, *closing; /* one per reference of the program: unused, and waiting for the end */
        bool idle_posted;
        bool joining;  /* somebody joins the thread */
        bool finished; /* the thread runs no more code of ours */
    } synced_data;
    loop_task close_task, idle_task;
};

/* Starts the loop. On failure nothing is left to free but what the caller made. */
boxd_status core_start(core *c, const char *thread_name, loop_poller poller, boxd_dispatch_mode dispatch,
                       const core_hooks *hooks, boxd_error *error);

/* References of the library itself: they keep memory, not the client open. */
void core_ref(core *c);
void core_unref(core *c);

/* One more reference of the program's. False: out of memory. */
bool core_add_user(core *c);

/* Begins closing and gives back one reference of the program's. `callback` (or NULL) runs at the very end. */
void core_close(core *c, core_done_fn callback, void *user_data);

/* Closes, gives back the reference and waits for the end of everything, unless inside a callback. */
boxd_status core_close_and_wait(core *c);

/* Runs up to `max` (0: all) callbacks that are due. */
size_t core_dispatch(core *c, size_t max);

/* Whether this thread runs a callback of any client. */
bool core_in_callback(void);

/* Whether operations that this thread prepares deliver on the loop thread in either dispatch mode. Returns
 * what it was. */
bool core_direct_callbacks(bool on);

/* Calls the program: marks the thread as being inside a callback meanwhile. */
void core_enter_callback(void);
void core_leave_callback(void);

/* Prepares an operation of zeroed memory: references, deadline from `call` (0: `default_timeout_ms`), cancel
 * token. */
void op_init(op *o, const op_class *class, core *c, const boxd_call_options *call,
             int64_t default_timeout_ms);

/* Hands the operation to the loop. An o->error that is set already is what it ends in. Any thread. */
void op_submit(op *o);

/* Ends it: with `error`, or with NULL for success. Loop thread; once. Only posts: `o` is alive until the loop
 * goes on. */
void op_finish(op *o, const boxd_error *error);

/* There is news: calls `tell` (always the same of an operation, with the same data) where callbacks run and
 * before deliver(), at least once after this. Loop thread, between start() and op_finish(). */
void op_tell(op *o, void (*tell)(void *data), void *data);

void op_ref(op *o);
void op_unref(op *o);

#endif
