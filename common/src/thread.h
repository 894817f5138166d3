/*
 * thread.h: what the calling thread does: whether it runs a callback, on whose behalf it submits operations,
 * whether it runs a loop. One answer for all libraries of this project that a process has loaded.
 */
#ifndef BOXD_THREAD_INTERNAL_H
#define BOXD_THREAD_INTERNAL_H

#include "private.h"

#include <pthread.h>
#include <stdbool.h>

/* On whose behalf a thread submits operations. */
typedef enum caller {
    CALLER_PROGRAM,  /* the callback runs where callbacks do; without room it is refused */
    CALLER_BLOCKING, /* a blocking call: called back on the loop thread, since this one sleeps; waits for room
                      */
    CALLER_LIBRARY   /* a part of another operation, which has room: called back on the loop thread */
} caller;

/* Whether this thread runs a callback of any client. */
BOXD_API bool thread_in_callback(void) PRIVATE_EXPORT(thread_in_callback);

/* Calls the program: marks the thread as being inside a callback meanwhile. A child that was made by fork()
 * inside one on a loop's thread, and returns from it, ends with leaving it. */
BOXD_API void thread_enter_callback(void) PRIVATE_EXPORT(thread_enter_callback);
BOXD_API void thread_leave_callback(void) PRIVATE_EXPORT(thread_leave_callback);

/* On whose behalf it submits, and does from now on. Returns what it was. */
BOXD_API caller thread_submits_as(void) PRIVATE_EXPORT(thread_submits_as);
BOXD_API caller thread_submit_as(caller now) PRIVATE_EXPORT(thread_submit_as);

/* From now on it runs a loop. */
BOXD_API void thread_runs_loop(void) PRIVATE_EXPORT(thread_runs_loop);

/* A number that no other call of the program's has, on any client. */
BOXD_API uint64_t thread_new_call_id(void) PRIVATE_EXPORT(thread_new_call_id);

/* pthread_cancel() does not end a thread of the program's between these two: what it would leave behind is a
 * lock that is held, or a stack that a callback writes to. */
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
