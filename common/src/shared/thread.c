/*
 * thread.c: the state of the calling thread. It is in libboxd-common, so that all libraries share the
 * state.
 */
#include "thread.h"

#include <boxd/thread.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static _Thread_local unsigned callback_depth;
static _Thread_local caller submitting;
/* The process whose loop this thread runs; 0: none. */
static _Thread_local pid_t looping;

bool thread_in_callback(void)
{
    return callback_depth > 0;
}

caller thread_submits_as(void)
{
    return submitting;
}

caller thread_submit_as(caller now)
{
    caller before = submitting;
    submitting = now;
    return before;
}

void thread_enter_callback(void)
{
    callback_depth++;
}

void thread_leave_callback(void)
{
    callback_depth--;
    if (looping != 0 &&
        looping != getpid()) /* the child has nothing to return to, and exit handlers are its parent's */
        _exit(EXIT_FAILURE);
}

void thread_runs_loop(void)
{
    looping = getpid();
}

uint64_t thread_new_call_id(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

bool boxd_aio_in_callback(void)
{
    return thread_in_callback();
}

bool boxd_aio_set_blocking_caller(bool on)
{
    return thread_submit_as(on ? CALLER_BLOCKING : CALLER_PROGRAM) == CALLER_BLOCKING;
}
