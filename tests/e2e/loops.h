/*
 * loops.h: event loops under one set of pointers, so that one table of tests runs on all of them: loops
 * that have an adapter, and plain epoll and poll, whose adapters are made here as a program would make
 * them.
 */
#ifndef E2E_LOOPS_H
#define E2E_LOOPS_H

#include <boxd/aio.h>

typedef struct loop_kind {
    const char *name;
    void *(*open)(void);
    boxd_status (*attach)(boxd_compute *c, void *loop, boxd_error *error);
    /* Handles the events that are ready; with `wait` waits for an event first. */
    void (*turn)(void *loop, bool wait);
    /* As the main function of the loop: returns when nothing is left on the loop, or, on loops that do not
     * end, after quit(). */
    void (*run)(void *loop);
    void (*quit)(void *loop);
    bool (*is_empty)(void *loop);
    /* When it is empty. */
    void (*close)(void *loop);
} loop_kind;

enum { LOOP_COUNT = 5 };

extern const loop_kind LOOPS[LOOP_COUNT];

#endif
