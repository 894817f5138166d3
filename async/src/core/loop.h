/*
 * loop.h: a loop waits for events, runs tasks that other threads post, and runs timers. Its poller decides
 * what it waits on: a gRPC completion queue (grpc/cq.h), libcurl (http/http.h), descriptors (fd_loop.h) or
 * nothing but tasks (worker.h).
 *
 * A loop runs on a thread of its own, or, in unit tests and simulations, on the thread that calls
 * loop_step().
 */
#ifndef BOXD_LOOP_H
#define BOXD_LOOP_H

#include "core/timer.h"
#include "linked_list.h"

#include <boxd/error.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Work for a loop. Embedded in the object that it works on; belongs to the loop from loop_post() until it
 * runs. */
typedef struct loop_task {
    list_node node;
    void (*run)(struct loop_task *task);
} loop_task;

typedef struct loop_poller {
    /* Waits until an event, a wake or `deadline_ns`. Runs no code of operations: a task that this code posts
     * would wait, too. Loop thread. */
    void (*wait)(void *state, int64_t deadline_ns);
    /* Handles the events that the wait has found; NULL: the poller has no events. A task that is posted
     * meanwhile wakes nothing. Loop thread. */
    void (*handle)(void *state);
    /* Ends a wait: the current one or the next one. Another thread; called under the loop's lock, so that the
     * loop cannot end meanwhile. */
    void (*wake)(void *state);
    void *state;
    /* The loop gets no thread: the owner of the poller runs it with loop_step(). For tests. */
    bool stepped;
} loop_poller;

typedef enum loop_state {
    LOOP_AWAKE,
    /* The thread is in, or about to enter, a wait that only `wake` ends. */
    LOOP_SLEEPS,
    /* Other threads have posted tasks that the loop has not taken. */
    LOOP_HAS_TASKS
} loop_state;

typedef struct loop {
    loop_poller poller;
    pthread_t thread;
    /* The last function that the thread runs. */
    void (*on_end)(void *);
    void *on_end_data;
    /* The thread that runs the loop; zero until it does. */
    _Atomic pthread_t running;
    /* A loop_state. It becomes and ceases to be LOOP_HAS_TASKS under the lock. The loop's thread alone sets
     * the others. */
    atomic_int state;
    /* Loop thread only. */
    struct {
        timer_heap timers;
        bool stop;
        /* How often the loop has waited. */
        uint64_t turns;
        /* Posted on the loop's own thread. */
        linked_list tasks;
    } thread_data;
    /* Under the lock. */
    struct {
        pthread_mutex_t lock;
        /* Posted on other threads. */
        linked_list tasks;
    } synced_data;
} loop;

/* Starts the thread, named `name` (at most 15 characters), with all signals blocked. `on_end` may free the
 * loop. */
boxd_status loop_start(loop *l, const char *name, loop_poller poller, void (*on_end)(void *),
                       void *on_end_data, boxd_error *error);

/* How often the loop has waited: it takes events between two turns only. Loop thread. */
static inline uint64_t loop_turn(const loop *l)
{
    return l->thread_data.turns;
}

/* Queues `task`. Tasks of one thread run in their order; a task of the loop's own thread may run before one
 * that another thread has posted earlier. Any thread. The caller must keep the loop from
 * ending meanwhile, for example by a reference. */
void loop_post(loop *l, loop_task *task, void (*run)(loop_task *));

/* Ends the loop after this turn. Loop thread. */
void loop_stop(loop *l);

/* One turn of a loop without a thread: waits once, runs events, tasks and timers. False: the loop has ended,
 * and may be freed. */
bool loop_step(loop *l);

/* Runs posted tasks until the list is empty: for `on_end`. Loop thread. */
void loop_drain(loop *l);

/* Joins the thread. Another function makes the loop end. */
void loop_join(loop *l);

/* Lets the thread end on its own, instead of loop_join(). Any thread. */
void loop_detach(loop *l);

/* Stops the loop from another thread and joins it. */
void loop_stop_and_join(loop *l);

/* Frees what loop_start() allocated, once the thread has ended. */
void loop_destroy(loop *l);

/* Whether the calling thread runs the loop. */
bool loop_is_current(const loop *l);

/* Sets or moves a timer; `when_ns` CLOCK_NEVER: clears it. Loop thread; a timer that is not set may be
 * cleared on any thread. */
void loop_timer_set(loop *l, timer *t, int64_t when_ns, void (*run)(timer *));
void loop_timer_clear(loop *l, timer *t);

#endif
