/*
 * loop.h: the core thread, which runs a gRPC completion queue, timers and an inbox. All state of calls, boxes
 * and streams belongs to it and needs no lock. Other threads (workers, the watch thread, HTTP) use only
 * loop_post.
 */
#ifndef EMULATOR_BASE_LOOP_H
#define EMULATOR_BASE_LOOP_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stdint.h>

/* The tag of a gRPC batch. `ok` is the success of the batch. */
typedef struct loop_tag {
    void (*run)(struct loop_tag *tag, bool ok);
} loop_tag;

/* A task for the core thread. After loop_post it belongs to `run`. */
typedef struct loop_item {
    struct loop_item *next;
    void (*run)(struct loop_item *item);
} loop_item;

typedef struct loop_timer {
    /* prev is NULL while the timer does not run. */
    struct loop_timer *next, *prev;
    int64_t due_ms;
    void (*run)(struct loop_timer *timer);
} loop_timer;

void loop_init(void);
void loop_destroy(void); /* after every call was freed and every other thread has ended */
grpc_completion_queue *loop_queue(void);

void loop_run(void);             /* core thread; returns after loop_stop */
void loop_stop(void);            /* core thread */
void loop_post(loop_item *item); /* any thread */

/* Core thread only. A timer runs once; starting a running timer sets its new time. */
void loop_timer_start(loop_timer *timer, int64_t delay_ms, void (*run)(loop_timer *timer));
void loop_timer_stop(loop_timer *timer);

#endif
