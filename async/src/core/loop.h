/*
 * loop.h: a thread that waits for events, runs tasks that other threads post, and runs timers. What it waits
 * on is its poller: a gRPC completion queue (cq.h), libcurl (http.c) or nothing at all (worker.h).
 */
#ifndef BOXD_LOOP_H
#define BOXD_LOOP_H

#include "core/timer.h"

#include <boxd/error.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Work for a loop. Embedded in what it works on; belongs to the loop from loop_post() until it runs. */
typedef struct loop_task {
    struct loop_task *next;
    void (*run)(struct loop_task *task);
} loop_task;

typedef struct loop_poller {
    /* Waits until an event, a wake or `deadline_ns`, and handles what came. Loop thread. */
    void (*wait)(void *state, int64_t deadline_ns);
    /* Ends a wait, now or the next one. Any thread; under the loop's lock, so that the loop cannot end
     * meanwhile. */
    void (*wake)(void *state);
    void *state;
} loop_poller;

typedef struct loop {
    loop_poller poller;
    pthread_t thread;
    void (*on_end)(void *); /* the last thing the thread runs */
    void *on_end_data;
    struct {
        timer_heap timers;
        bool stop;
    } thread_data; /* loop thread only */
    struct {
        pthread_mutex_t lock;
        loop_task *first, **last;
        bool sleeping; /* the thread is in, or about to enter, a wait that only `wake` ends */
    } synced_data;
} loop;

/* Starts the thread, named `name` (at most 15 characters), with all signals blocked. `on_end` may free the
 * loop. */
boxd_status loop_start(loop *l, const char *name, loop_poller poller, void (*on_end)(void *),
                       void *on_end_data, boxd_error *error);

/* Queues `task`. Any thread. The loop must not have ended: whoever posts holds something that keeps it alive.
 */
void loop_post(loop *l, loop_task *task, void (*run)(loop_task *));

/* Ends the thread after what it runs now. Loop thread only. */
void loop_stop(loop *l);

/* Runs what was posted until nothing is left: for `on_end`. Loop thread only. */
void loop_drain(loop *l);

/* Stops the loop from another thread and joins it. */
void loop_stop_and_join(loop *l);

/* Frees what loop_start() made, once the thread has ended. */
void loop_destroy(loop *l);

/* Loop thread only. */
void loop_timer_set(loop *l, timer *t, int64_t when_ns, void (*run)(timer *));
void loop_timer_clear(loop *l, timer *t);

/* Blocks all signals of the calling thread, and so of the threads that it makes: the program's handlers run
 * on its own threads only. To be undone with what was there before. */
void signals_block(sigset_t *before);
void signals_restore(const sigset_t *before);

/* A condition variable on CLOCK_MONOTONIC. 0, or an errno value. */
int monotonic_cond_init(pthread_cond_t *cond);

#endif
