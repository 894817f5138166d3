/*
 * callbacks.h: how callbacks come to a test: by themselves, where the core thread runs them, or on a loop of
 * the test's process, which runs while the test waits. No test but those about loops knows which.
 */
#ifndef E2E_CALLBACKS_H
#define E2E_CALLBACKS_H

#include <boxd/aio/compute.h>

#include <stdatomic.h>

typedef enum callbacks_on {
    ON_CORE_THREAD,
    ON_EPOLL, /* boxd_aio_compute_dispatch() once boxd_aio_compute_fd() is readable; the library knows nothing
                 of the loop */
    ON_LIBUV  /* by the adapter */
} callbacks_on;

/* The callbacks of `compute` come on that. A process has one loop of a kind, and waits on one kind; the loop
 * may have several clients. */
void callbacks_attach(boxd_compute *compute, callbacks_on on);

/* The client is about to end: say it in its close callback, or before a blocking close. A plain loop stops
 * waiting for it; an adapter does so by itself. */
void callbacks_leave(boxd_compute *compute);

/* For a callback, at its end: notes that there was one more. Any thread. */
void callbacks_count(atomic_int *count);

/* Dispatches until `wanted` callbacks were counted. On the test's own thread. */
void callbacks_wait(const atomic_int *count, int wanted);

/* All clients have ended: checks that they left nothing on the loop, and ends it. */
void callbacks_end(void);

#endif
