/*
 * waiter.c: waits for the callback of an async call. The functions of the blocking library call it on the
 * thread of the caller. waiter_end() and waiter_on_done() run in the callback: on the core thread of the
 * client, or inside the submission if the call is refused there.
 */
#include "waiter.h"

#include <boxd/thread.h>

#include <stdio.h>
#include <string.h>

bool waiter_init(waiter *w, const char *function, boxd_error *error)
{
    if (boxd_aio_in_callback()) {
        if (error) {
            const int prefix =
                (int)(strchr(function, '_') - function) + 1; /* length of "boxd_" or "drukbox_" */
            *error = (boxd_error)BOXD_ERROR_INIT;
            error->status = BOXD_ERR_WOULD_DEADLOCK;
            error->sent = BOXD_SENT_NO;
            (void)snprintf(error->message, sizeof error->message,
                           "%s() was called inside a callback; use %.*saio_%s()", function, prefix, function,
                           function + prefix);
        }
        return false;
    }
    w->ended = false;
    w->result = NULL;
    w->error.status = BOXD_OK;
    pthread_cond_init(&w->ended_changed, NULL);
    pthread_mutex_init(&w->lock, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &w->cancellation_before);
    w->blocking_before = boxd_aio_set_blocking_caller(true);
    return true;
}

/* Signals while it holds the lock: the waiter is on the stack of the waiting thread and may be gone as soon
 * as that thread can take the lock. */
void waiter_end(waiter *w, void *result, const boxd_error *error)
{
    pthread_mutex_lock(&w->lock);
    w->result = result;
    if (error)
        w->error = *error;
    w->ended = true;
    pthread_cond_signal(&w->ended_changed);
    pthread_mutex_unlock(&w->lock);
}

void waiter_on_done(boxd_status status, const boxd_error *error, void *w)
{
    (void)status;
    waiter_end(w, NULL, error);
}

boxd_status waiter_wait_done(waiter *w, boxd_error *error)
{
    boxd_aio_set_blocking_caller(w->blocking_before);
    pthread_mutex_lock(&w->lock);
    while (!w->ended)
        pthread_cond_wait(&w->ended_changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_setcancelstate(w->cancellation_before, &w->cancellation_before);
    pthread_cond_destroy(&w->ended_changed);
    pthread_mutex_destroy(&w->lock);
    if (w->error.status != BOXD_OK && error)
        *error = w->error;
    return w->error.status;
}

void *waiter_wait(waiter *w, boxd_error *error)
{
    waiter_wait_done(w, error);
    return w->result;
}
