/*
 * core.h: what a client is made of, whatever it speaks: a loop, operations that each complete exactly once
 * (op.c), room for so many of them (room.c), the place where their callbacks run (dispatch.c), references and
 * the way down (core.c).
 *
 * The life of an operation: op_submit() on any thread -> start() on the loop -> op_finish() on the loop ->
 * deliver() where callbacks run -> destroy(). Between start() and op_finish() the core may once call stop(),
 * because of a cancel, a timeout or a close; the operation then finishes as soon as it can. Meanwhile it may
 * tell the program how it is getting on, with op_tell().
 *
 * In a child made by fork() the loop's thread does not exist, and locks may be held for ever: there
 * operations fail within op_submit(), and everything else that would lock or wait does nothing.
 *
 * Locks are taken in this order: a cancel token's, the core's, a loop's, the poller's own. No callback runs
 * under one; posting to a loop, which may wake its poller, does.
 */
#ifndef BOXD_CORE_H
#define BOXD_CORE_H

#include "cancel.h"
#include "core/loop.h"
#include "thread.h"

#include <boxd/compute.h>
#include <boxd/error.h>
#include <boxd/observe.h>

#include <stdatomic.h>
#include <sys/types.h>

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
    atomic_uint state; /* bits of dispatch.c */
} op_news;

/* Room for an operation among those in flight. */
typedef enum op_room {
    ROOM_NONE,    /* it needs none, or has given it back */
    ROOM_NEEDED,  /* it is refused when there is none */
    ROOM_PATIENT, /* it waits when there is none */
    ROOM_AWAITED, /* it was submitted, and waits */
    ROOM_TAKEN,   /* it counts as in flight */
    ROOM_LANDED,  /* the same, but it has ended */
    ROOM_TOLD     /* it has asked for room and was told that there is some */
} op_room;

struct op {
    const op_class *class;
    core *core;
    loop_task task; /* in turn: to start, to deliver */
    op_news news;
    atomic_uint refs;
    int64_t timeout_ms; /* for messages; <= 0: none */
    boxd_error error;   /* the outcome; before submission: set to make it fail with this */
    boxd_cancel_token *cancel_token;
    caller caller;
    bool counted; /* as a call of the program */
    bool wanted;  /* the program ended it itself: for the counters that is no failure */
    op_room room; /* whoever runs the operation's next step */
    struct {
        op *next, **link; /* among the core's running operations */
        op *next_waiting; /* for room, or to be told of it */
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
    bool is_orphan; /* of a close too many: no reference of the program's goes with it */
} core_closer;

typedef enum {
    CORE_OPEN,
    CORE_CLOSING, /* operations are being ended */
    CORE_ENDING,  /* none is left: the loop goes down */
    CORE_ENDED    /* it is down: only close callbacks may still run */
} core_state;

/* First in, first out. */
typedef struct op_list {
    op *first, **last;
} op_list;

struct core {
    loop loop;
    const core_hooks *hooks;
    const char *opener, *detacher; /* for messages */
    boxd_dispatch_mode dispatch;
    size_t max_in_flight; /* operations that need room; 0: no limit */
    int event_fd;         /* -1 unless BOXD_DISPATCH_MANUAL */
    pid_t process;        /* whose client it is: a child made by fork() has only a copy */
    atomic_uint refs;
    struct {
        op_list running; /* in the order of their start */
        op_list waiting; /* blocking calls, for room */
        op_list asking;  /* to be told that there is room */
        bool closing;
    } thread_data; /* loop thread only */
    struct {
        pthread_mutex_t lock;
        pthread_cond_t changed; /* state, or something to dispatch */
        core_state state;
        uint64_t calls, succeeded, failed; /* of the program */
        size_t live;                       /* operations submitted and not delivered */
        size_t in_flight;                  /* of those, what has room */
        size_t landed;                     /* of those, what has ended and waits to be dispatched */
        size_t waiting;                    /* for room: blocking calls */
        size_t granted;                    /* of those, what has room and does not know yet */
        size_t asking;                     /* operations that want to be told of room */
        bool telling;                      /* one of them has been told, and its callback has not returned */
        bool room_posted;
        loop_task *due, **due_last; /* manual dispatch: what waits for it */
        size_t due_count;
        bool close_due; /* manual dispatch: the close callbacks wait for it */
        core_closer *spare, *closing,
            **last_closing; /* one per reference of the program: unused, and waiting for the end */
        bool idle_posted;
        unsigned closing_threads;   /* that wait for the end, and dispatch meanwhile */
        bool abandoned;             /* manual dispatch, but nobody is left to do it */
        bool joining;               /* somebody joins the thread */
        bool finished;              /* the thread runs no more code of ours */
        void (*detach)(void *data); /* a loop is attached */
        void *attached;
        unsigned detached; /* how often: whoever dispatches stops when it changes */
    } synced_data;
    loop_task close_task, idle_task, room_task;
};

typedef struct core_settings {
    const char *thread_name;
    const char *opener, *detacher; /* the functions that open and detach such clients, for messages; static */
    boxd_dispatch_mode dispatch;
    size_t max_in_flight; /* 0: no limit */
} core_settings;

/* Starts the loop. On failure nothing is left to free but what the caller made. */
boxd_status core_start(core *c, const core_settings *settings, loop_poller poller, const core_hooks *hooks,
                       boxd_error *error);

/* References of the library itself: they keep memory, not the client open. */
void core_ref(core *c);
void core_unref(core *c);

/* One more reference of the program's. False: out of memory, or a fork's copy. */
bool core_add_user(core *c);

/* Whether this process is a child made by fork(), and the client its parent's. */
bool core_is_copy(const core *c);

/* What a call on such a copy ends in. */
void core_copy_error(boxd_error *error);

/* Begins closing and gives back one reference of the program's. `callback` (or NULL) runs at the very end. */
void core_close(core *c, core_done_fn callback, void *user_data);

/* Tells the program, unless `callback` is NULL, that there is nothing left to close. */
void core_call_closed(core_done_fn callback, void *user_data);

/* Closes, gives back the reference and waits for the end of everything, unless inside a callback. */
boxd_status core_close_and_wait(core *c);

/* What is known here of its calls: into the first members, up to `due`. */
void core_count(const core *c, boxd_counters *counters);

/* Runs up to `max` (0: all) callbacks that are due. */
size_t core_dispatch(core *c, size_t max);

/* Notes that a loop waits on the descriptor, and how it is to be told to stop that. NULLs are refused. */
boxd_status core_attach(core *c, void (*detach)(void *data), void *data, boxd_error *error);

/* Tells the loop that is attached, if any. */
void core_detach(core *c);

/* Prepares an operation of zeroed memory: references, deadline from `call` (0: `default_timeout_ms`), cancel
 * token. Unless it is a part of another one it needs room. */
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

/* Ends it well once there is room, one operation at a time: the next is told after this one's callback. Loop
 * thread, from start(). */
void op_ask_for_room(op *o);

/* Takes that back, for one that is being stopped. */
void op_stop_asking_for_room(op *o);

void op_ref(op *o);
void op_unref(op *o);

#endif
