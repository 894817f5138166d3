/*
 * thread.h: the state of the calling thread: whether it runs a callback, on whose behalf it submits
 * operations, whether it runs a loop. All libraries of this project in a process share the state.
 */
#ifndef BOXD_THREAD_INTERNAL_H
#define BOXD_THREAD_INTERNAL_H

#include "private.h"

#include <pthread.h>
#include <stdbool.h>

/* On whose behalf a thread submits operations. */
typedef enum caller {
    /* An async call: its callback runs where callbacks do; it is refused when no slot is free. */
    CALLER_PROGRAM,
    /* A blocking call: its callback runs on the loop thread, because this thread sleeps; it waits for a slot.
     */
    CALLER_BLOCKING,
    /* A part of another operation, which has the slot: its callback runs on the loop thread. */
    CALLER_LIBRARY
} caller;

/* Whether this thread runs a callback of any client. */
BOXD_API bool thread_in_callback(void) PRIVATE_EXPORT(thread_in_callback);

/* Mark the thread as inside a callback while the program is called. A child made by fork() inside a callback
 * on a loop's thread exits when it leaves the callback. */
BOXD_API void thread_enter_callback(void) PRIVATE_EXPORT(thread_enter_callback);
BOXD_API void thread_leave_callback(void) PRIVATE_EXPORT(thread_leave_callback);

/* On whose behalf the thread submits. Setting returns the former value. */
BOXD_API caller thread_submits_as(void) PRIVATE_EXPORT(thread_submits_as);
BOXD_API caller thread_submit_as(caller now) PRIVATE_EXPORT(thread_submit_as);

/* From now on the thread runs a loop. */
BOXD_API void thread_runs_loop(void) PRIVATE_EXPORT(thread_runs_loop);

/* A number that no other call of the program has, on any client. */
BOXD_API uint64_t thread_new_call_id(void) PRIVATE_EXPORT(thread_new_call_id);

/* Between these two calls pthread_cancel() does not end the thread: a thread of the program that ended here
 * would leave a lock held, or a stack that a callback writes to. */
static inline int cancellation_off(void)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static inline void cancellation_restore(int before)
{
    pthread_setcancelstate(before, &before);
}

#endif
