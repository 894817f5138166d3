/*
 * waiter.h: how a blocking function waits for its async twin. Each call has a waiter on its stack. The body
 * of such a function is one line:
 *
 *     WAIT_FOR_RESULT(boxd_aio_box_get(compute, name, call, on_box, &w));
 *
 * The wait itself has no deadline: the async operation has one, and its callback runs in every case.
 */
#ifndef BOXD_WAITER_H
#define BOXD_WAITER_H

#include <boxd/error.h>

#include <pthread.h>

/* `ended`, `result` and `error` are written under the lock by the callback, and read after `ended` is true.
 * The other members belong to the waiting thread. */
typedef struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t ended_changed;
    bool ended;
    void *result;
    boxd_error error;
    /* Settings of the waiting thread, restored by the wait. Until then pthread_cancel() does not end the
     * thread, because the callback writes to this struct on its stack. */
    bool blocking_before;
    int cancellation_before;
} waiter;

/* Prepares a wait. Returns false inside a callback, and fills `error` with BOXD_ERR_WOULD_DEADLOCK and the
 * name of the async twin of `function`. */
bool waiter_init(waiter *w, const char *function, boxd_error *error);

/* Called in the callback: stores the result or the error, and wakes the waiting thread. */
void waiter_end(waiter *w, void *result, const boxd_error *error);

/* A boxd_done_cb: its user data is the waiter. */
void waiter_on_done(boxd_status status, const boxd_error *error, void *w);

/* Waits for the callback. Returns its result; on failure NULL, and fills `error`, which may be NULL. */
void *waiter_wait(waiter *w, boxd_error *error);

/* Waits for the callback of a call without a result. Returns the status; on failure fills `error`, which may
 * be NULL. */
boxd_status waiter_wait_done(waiter *w, boxd_error *error);

/* The body of a blocking function that returns a result, or a status. `submission` is the call of the async
 * twin, with the waiter `w` as its user data. These are macros because each submission has its own types. */
#define WAIT_FOR_RESULT(submission)                                                                          \
    waiter w;                                                                                                \
    if (!waiter_init(&w, __func__, error))                                                                   \
        return NULL;                                                                                         \
    submission;                                                                                              \
    return waiter_wait(&w, error)

#define WAIT_FOR_STATUS(submission)                                                                          \
    waiter w;                                                                                                \
    if (!waiter_init(&w, __func__, error))                                                                   \
        return BOXD_ERR_WOULD_DEADLOCK;                                                                      \
    submission;                                                                                              \
    return waiter_wait_done(&w, error)

/* Defines the callback `name` for results of `type`: it passes the result to the waiter. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define WAITER_CALLBACK(name, type)                                                                          \
    static void name(type *result, const boxd_error *error, void *w)                                         \
    {                                                                                                        \
        waiter_end(w, result, error);                                                                        \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
