/*
 * timer.h: timers of one thread, as a pairing heap whose nodes are the timers themselves: setting one
 * allocates nothing and cannot fail.
 */
#ifndef BOXD_TIMER_H
#define BOXD_TIMER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct timer {
    int64_t when_ns;
    void (*run)(struct timer *timer);
    bool set;
    /* `previous` is the parent or the left sibling. */
    struct timer *child, *sibling, *previous;
} timer;

typedef struct timer_heap {
    timer *root;
} timer_heap;

/* Sets or moves `t`. */
void timer_set(timer_heap *heap, timer *t, int64_t when_ns, void (*run)(timer *));

/* Unsets `t`, if it is set. */
void timer_clear(timer_heap *heap, timer *t);

/* When the next timer is due, or CLOCK_NEVER. */
int64_t timer_next(const timer_heap *heap);

/* Runs the timers that are due at `now_ns`. Each is unset first, so that it may be set again. */
void timer_run_due(timer_heap *heap, int64_t now_ns);

#endif
