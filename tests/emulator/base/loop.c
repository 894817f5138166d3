/*
 * loop.c: the core thread: its completion queue, timers and inbox. Only loop_post may be called from other
 * threads.
 */
#include "base/loop.h"

#include <grpc/support/time.h>
#include <pthread.h>
#include <stddef.h>

#include "base/util.h"

/* core thread only */
static grpc_completion_queue *queue;
static bool stopping;
static loop_timer timers = {.next = &timers, .prev = &timers}; /* a ring, earliest first */

/* guarded by inbox_lock */
static pthread_mutex_t inbox_lock = PTHREAD_MUTEX_INITIALIZER;
static loop_item *inbox_first, **inbox_last = &inbox_first;

/*
 * The wake-up: the public C core has no alarm, but a batch without operations posts its tag to the queue at
 * once. A batch needs a call; this one is on a lame channel, which never connects.
 */
static grpc_channel *parked_channel;
static grpc_call *parked_call;

static void run_inbox(loop_tag *tag, bool ok)
{
    (void)tag;
    (void)ok;
    pthread_mutex_lock(&inbox_lock);
    loop_item *item = inbox_first;
    inbox_first = NULL;
    inbox_last = &inbox_first;
    pthread_mutex_unlock(&inbox_lock);
    while (item != NULL) {
        loop_item *next = item->next;
        item->run(item);
        item = next;
    }
}

static loop_tag inbox_tag = {run_inbox};

void loop_post(loop_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&inbox_lock);
    bool was_empty = inbox_first == NULL;
    *inbox_last = item;
    inbox_last = &item->next;
    /* Under the lock, so that the core thread cannot stop between the push and the wake-up. */
    if (was_empty)
        grpc_call_start_batch(parked_call, NULL, 0, &inbox_tag, NULL);
    pthread_mutex_unlock(&inbox_lock);
}

void loop_init(void)
{
    grpc_init();
    queue = grpc_completion_queue_create_for_next(NULL);
    parked_channel = grpc_lame_client_channel_create("parked", GRPC_STATUS_UNAVAILABLE, "parked");
    grpc_slice method = grpc_slice_from_static_string("/parked");
    parked_call = grpc_channel_create_call(parked_channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue, method, NULL,
                                           gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

void loop_destroy(void)
{
    grpc_call_unref(parked_call);
    grpc_channel_destroy(parked_channel);
    grpc_completion_queue_shutdown(queue);
    for (;;) {
        grpc_event event = grpc_completion_queue_next(queue, gpr_time_from_seconds(5, GPR_TIMESPAN), NULL);
        if (event.type != GRPC_OP_COMPLETE)
            break;
    }
    grpc_completion_queue_destroy(queue);
    grpc_shutdown();
}

grpc_completion_queue *loop_queue(void)
{
    return queue;
}

void loop_stop(void)
{
    stopping = true;
}

static int64_t run_due_timers(void)
{
    while (timers.next != &timers && !stopping) {
        loop_timer *timer = timers.next;
        int64_t left = timer->due_ms - now_ms();
        if (left > 0)
            return left;
        loop_timer_stop(timer);
        timer->run(timer);
    }
    return stopping ? 0 : 1000;
}

void loop_run(void)
{
    stopping = false;
    while (!stopping) {
        gpr_timespec wait = gpr_time_from_millis(run_due_timers(), GPR_TIMESPAN);
        grpc_event event = grpc_completion_queue_next(queue, wait, NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            loop_tag *tag = event.tag;
            tag->run(tag, event.success != 0);
        }
    }
}

void loop_timer_start(loop_timer *timer, int64_t delay_ms, void (*run)(loop_timer *timer))
{
    loop_timer_stop(timer);
    timer->run = run;
    timer->due_ms = now_ms() + delay_ms;
    /* Searches from the end: most timers have the same delay, so a new timer is usually the last. */
    loop_timer *before = timers.prev;
    while (before != &timers && before->due_ms > timer->due_ms)
        before = before->prev;
    timer->prev = before;
    timer->next = before->next;
    before->next->prev = timer;
    before->next = timer;
}

void loop_timer_stop(loop_timer *timer)
{
    if (timer->prev == NULL)
        return;
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->next = timer->prev = NULL;
}
