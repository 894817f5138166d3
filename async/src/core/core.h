/*
 * core.h: what every client is made of, whatever protocol it speaks: a loop, and the parts that are below.
 *
 *     loop.h             the thread: events, tasks, timers
 *     admission.h        how many operations may be in flight
 *     callback_queue.h   callbacks that wait until the program dispatches them
 *     attachment.h       the program's event loop that the client is attached to
 *     close.h            references of the program, the states of a client, close callbacks
 *
 * The parts are passive: they know neither the core nor each other, and return what is to be done. The core
 * holds the lock, calls them, and does it. Operations (op.h) stand on the core, which knows of an operation
 * no more than its slot and how to stop it.
 *
 * Life cycle of a client: core_start() -> CLIENT_OPEN -> the first close -> CLIENT_CLOSING: all operations
 * are stopped, new ones fail -> the last operation is delivered -> CLIENT_ENDING: the loop ends, the owner's
 * wind_down() frees what it used -> CLIENT_ENDED: close callbacks run -> the last reference is dropped -> the
 * owner's destroy().
 *
 * Locks: `synced_data` needs its lock, `thread_data` the loop's thread; the rest is immutable after
 * core_start(). No callback and no free runs under a lock; posting to a loop does, because a loop that has
 * been asked to end could otherwise be gone before the post. Locks are taken in this order: a cancel token's,
 * the core's, a loop's, the poller's own.
 *
 * In a child made by fork() the loop's thread does not exist, and locks may be held for ever: there
 * operations fail in op_submit(), and everything else that would lock or wait does nothing.
 */
#ifndef BOXD_CORE_H
#define BOXD_CORE_H

#include "core/admission.h"
#include "core/attachment.h"
#include "core/callback_queue.h"
#include "core/close.h"
#include "core/loop.h"
#include "core/mutex.h"
#include "thread.h"

#include <boxd/compute.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/observe.h>

#include <stdatomic.h>
#include <sys/types.h>

typedef struct core core;

typedef struct core_hooks {
    /* All operations have ended: frees what the loop used, the poller too. Loop thread. */
    void (*wind_down)(core *c);
    /* The last reference is gone: frees the struct that holds the core. Any thread. */
    void (*destroy)(core *c);
} core_hooks;

/* An operation that runs: a close stops it. */
typedef struct core_member {
    void (*stop)(struct core_member *m);
    /* The list that contains the operation. */
    linked_list *list;
    list_node node;
} core_member;

struct core {
    loop loop;
    const core_hooks *hooks;
    /* The names of public functions, for messages. */
    const char *opener, *detacher;
    boxd_dispatch_mode dispatch;
    /* The process that opened the client: a child made by fork() has only a copy. */
    pid_t process;
    atomic_uint refs;
    /* Loop thread only. */
    struct {
        /* Operations that run, and of those the ones that a close has stopped; in the order of their start.
         */
        linked_list running, stopped;
        bool closing;
    } thread_data;
    /* Under the lock. */
    struct {
        mutex lock;
        /* `closing.finished`, or the callback queue is not empty any more. */
        pthread_cond_t changed;
        admission admission;
        callback_queue callbacks;
        loop_attachment attached;
        client_closing closing;
        /* Calls of the program. */
        uint64_t calls, succeeded, failed;
    } synced_data;
    loop_task close_task, idle_task, admission_task;
};

typedef struct core_settings {
    const char *thread_name;
    /* The names of the functions that open and detach such clients, for messages; static. */
    const char *opener, *detacher;
    boxd_dispatch_mode dispatch;
    /* 0: no limit. */
    size_t max_in_flight;
} core_settings;

/* Starts the loop. On failure the caller frees only what it allocated itself. */
boxd_status core_start(core *c, const core_settings *settings, loop_poller poller, const core_hooks *hooks,
                       boxd_error *error);

/* ---- references and the end ---- */

/* References of the library itself: they keep memory, not the client open. */
void core_ref(core *c);
void core_unref(core *c);

/* One more reference of the program. False: out of memory, or a copy of a fork. */
bool core_add_user(core *c);

/* Whether this process is a child made by fork(), and the client its parent's. */
bool core_is_copy(const core *c);

/* Fills the error of a call on such a copy. */
void core_copy_error(boxd_error *error);

/* Fills the error of a call on a closed client. */
boxd_status core_closed_error(const core *c, boxd_error *error);

/* Begins closing and releases one reference of the program. `callback` (or NULL) runs when the client has
 * ended. */
void core_close(core *c, boxd_done_cb callback, void *user_data);

/* Closes, releases the reference and waits until the client has ended, unless inside a callback. */
boxd_status core_close_and_wait(core *c);

/* Fills the members of `counters` that count calls and callbacks. */
void core_count(const core *c, boxd_counters *counters);

/* ---- dispatch ---- */

/* The descriptor that is readable while callbacks wait; -1: callbacks run on the loop thread. */
int core_event_fd(const core *c);

/* Runs up to `max` (0: all) callbacks that wait. */
size_t core_dispatch(core *c, size_t max);

/* Attaches the client to an event loop of the program, and gives the function that makes
 * this loop stop waiting on the descriptor. Refuses NULLs. */
boxd_status core_attach(core *c, void (*detach)(void *data), void *data, boxd_error *error);

/* Detaches the event loop, if any. */
void core_detach(core *c);

/* ---- for operations (op.c) ---- */

typedef enum core_entry {
    /* No loop is left to run the operation. */
    ENTRY_NONE,
    /* The loop starts it, or ends it in the error that is set. */
    ENTRY_STARTS,
    /* As ENTRY_STARTS, but only after `ready` of its slot was called. */
    ENTRY_QUEUED
} core_entry;

/* Submits an operation: acquires its slot, unless `error` is set already. Sets `error` to BOXD_ERR_BUSY or
 * BOXD_ERR_CLOSED. Any thread. */
core_entry core_enter(core *c, slot *s, boxd_error *error);

/* From now on a close stops the operation. False: the client closes already. Loop thread. */
bool core_join(core *c, core_member *m, void (*stop)(core_member *m));
void core_part(core *c, core_member *m);

/* See admission_leave() and admission_watch(). Loop thread. */
void core_leave_admission(core *c, slot *s);
void core_watch_admission(core *c, slot *s);

/* The operation has ended, and waits until it is dispatched. Any thread. */
void core_complete(core *c, slot *s);

/* Releases the slot of a program's call and counts the call, just before its last callback. Dispatch thread.
 */
void core_release(core *c, slot *s, bool success);

/* The callback has returned and the operation is freed. `notified`: its slot was SLOT_NOTIFIED. */
void core_leave(core *c, bool notified);

/* Whether callbacks of operations that `submitter` submits are queued for dispatch. */
bool core_queues_callbacks(const core *c, caller submitter);

/* Runs `task` where such callbacks run. Any thread. */
void core_post_callback(core *c, caller submitter, loop_task *task, void (*run)(loop_task *));

#endif
