/*
 * waiter.h: how a blocking call waits for its async twin. One lives on the stack of each blocking call. All
 * that such a function does is
 *
 *     WAIT_FOR_RESULT(boxd_aio_box_get(compute, name, call, on_box, &w));
 *
 * The wait itself has no deadline: the operation has one, in the core, and ends in every case.
 */
#ifndef BOXD_WAITER_H
#define BOXD_WAITER_H

#include <boxd/error.h>

#include <pthread.h>

typedef struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t ended_changed;
    bool ended; /* lock */
    /* The thread's settings, to be restored. Meanwhile pthread_cancel() does not end it: the callback writes
     * to this struct on its stack. */
    bool blocking_before;
    int cancellation_before;
    void *result;
    boxd_error error;
} waiter;

/* Refuses inside a callback: BOXD_ERR_WOULD_DEADLOCK, naming the async twin of `function`. */
bool waiter_init(waiter *w, const char *function, boxd_error *error);

/* For the callback: hands over the result, or the error. */
void waiter_end(waiter *w, void *result, const boxd_error *error);

/* A boxd_done_cb whose user data is the waiter. */
void waiter_on_done(boxd_status status, const boxd_error *error, void *w);

/* Waits for the end. The result; on failure NULL, and `error` (or NULL) is filled. */
void *waiter_wait(waiter *w, boxd_error *error);

/* The same for calls without a result. */
boxd_status waiter_wait_done(waiter *w, boxd_error *error);

/* The whole body of a blocking function that returns a result, or a status. Macros, since they hold a call
 * with its own types: the function's `error`, and the waiter as `w`. */
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

/* The callback, called as the type it has, that hands a result of `type` to a waiter. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define WAITER_CALLBACK(name, type)                                                                          \
    static void name(type *result, const boxd_error *error, void *w)                                         \
    {                                                                                                        \
        waiter_end(w, result, error);                                                                        \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
