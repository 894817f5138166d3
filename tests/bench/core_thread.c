/*
 * The smallest client with the architecture of the library: one background thread has the completion queue;
 * a blocking call posts its call to this thread and waits on a condition variable. It shows what the two
 * hand-overs cost, without any work of the library.
 */
#include "bare.h"

#include "bare_call.h"
#include "threads.h"

#include <grpc/support/time.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct waiting_call {
    bare_call call;
    struct waiting_call *next;
    pthread_mutex_t lock;
    pthread_cond_t completed;
    bool done;
} waiting_call;

static struct {
    pthread_once_t once;
    grpc_completion_queue *queue;
    /* A batch without operations on this call, which is never started, wakes the background thread. */
    grpc_call *parked;
    pthread_mutex_t lock;
    /* Posted calls, the newest first; protected by the lock. */
    waiting_call *posted;
} core = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static void complete(waiting_call *w)
{
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->completed);
    pthread_mutex_unlock(&w->lock);
}

static void begin_posted(void)
{
    pthread_mutex_lock(&core.lock);
    waiting_call *w = core.posted;
    core.posted = NULL;
    pthread_mutex_unlock(&core.lock);
    while (w) {
        waiting_call *next = w->next;
        bare_call_begin(&w->call, core.queue, w);
        w = next;
    }
}

static void *background(void *data)
{
    (void)data;
    for (;;) {
        waiting_call *w =
            grpc_completion_queue_next(core.queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).tag;
        if (w)
            complete(w);
        else
            begin_posted();
    }
    return NULL;
}

static void start_background(void)
{
    pthread_t thread;
    bare_channel *b = bare_channel_get();
    core.queue = bare_queue_new();
    core.parked = grpc_channel_create_call(b->channel, NULL, GRPC_PROPAGATE_DEFAULTS, core.queue,
                                           grpc_slice_from_static_string("/wake"), NULL,
                                           gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    if (pthread_create(&thread, NULL, background, NULL) != 0)
        fail("the background thread", "not started");
    pthread_detach(thread);
}

static void post(waiting_call *w)
{
    pthread_mutex_lock(&core.lock);
    const bool wake = !core.posted;
    w->next = core.posted;
    core.posted = w;
    pthread_mutex_unlock(&core.lock);
    if (wake)
        grpc_call_start_batch(core.parked, NULL, 0, NULL, NULL);
}

static void call_and_wait(waiting_call *w, bool direct)
{
    w->done = false;
    if (direct)
        bare_call_begin(&w->call, core.queue, w);
    else
        post(w);
    pthread_mutex_lock(&w->lock);
    while (!w->done)
        pthread_cond_wait(&w->completed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    bare_call_end(&w->call);
}

static long call_loop(const load *l, bool direct)
{
    waiting_call w = {.lock = PTHREAD_MUTEX_INITIALIZER, .completed = PTHREAD_COND_INITIALIZER};
    long calls = 0;
    for (; !load_is_over(l, calls); calls++)
        call_and_wait(&w, direct);
    return calls;
}

static long posted_loop(const load *l)
{
    return call_loop(l, false);
}

static long direct_loop(const load *l)
{
    return call_loop(l, true);
}

void core_thread_blocking(const load *l, tally *t)
{
    pthread_once(&core.once, start_background);
    t->operations = on_threads(l, posted_loop);
}

void core_thread_direct(const load *l, tally *t)
{
    pthread_once(&core.once, start_background);
    t->operations = on_threads(l, direct_loop);
}
