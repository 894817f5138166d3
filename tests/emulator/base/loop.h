/*
 * loop.h: the core thread. It runs one gRPC completion queue, a timer list and an inbox; all state of calls,
 * boxes and streams belongs to it and needs no lock. Other threads (workers, the descriptor watcher, HTTP)
 * reach it only by loop_post.
 */
#ifndef EMULATOR_BASE_LOOP_H
#define EMULATOR_BASE_LOOP_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stdint.h>

/* What is handed to gRPC as the tag of a batch. `ok` is the batch's success. */
typedef struct loop_tag {
    void (*run)(struct loop_tag *tag, bool ok);
} loop_tag;

/* What another thread posts. The poster gives it up; it belongs to `run` on the core thread. */
typedef struct loop_item {
    struct loop_item *next;
    void (*run)(struct loop_item *item);
} loop_item;

typedef struct loop_timer {
    struct loop_timer *next, *prev; /* prev is NULL when it is not running */
    int64_t due_ms;
    void (*run)(struct loop_timer *timer);
} loop_timer;

void loop_init(void);
void loop_destroy(void); /* after every call is gone and every other thread has ended */
grpc_completion_queue *loop_queue(void);

void loop_run(void);             /* core thread; returns after loop_stop */
void loop_stop(void);            /* core thread */
void loop_post(loop_item *item); /* any thread */

/* Core thread only. A timer runs once; starting a running one moves it. */
void loop_timer_start(loop_timer *timer, int64_t delay_ms, void (*run)(loop_timer *timer));
void loop_timer_stop(loop_timer *timer);

#endif
