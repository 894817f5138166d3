/*
 * callbacks.h: how a test gets callbacks: on the core thread, or on a loop of the test's process, which
 * runs while the test waits. Only the tests of loops know which.
 */
#ifndef E2E_CALLBACKS_H
#define E2E_CALLBACKS_H

#include <boxd/aio/compute.h>

#include <stdatomic.h>

typedef enum callbacks_on {
    ON_CORE_THREAD,
    ON_EPOLL, /* boxd_aio_compute_dispatch() once boxd_aio_compute_fd() is readable; the library does not know
                 the loop */
    ON_LIBUV  /* through the adapter */
} callbacks_on;

/* Chooses how the callbacks of `compute` are run. A process has one loop of each kind and waits on one kind;
 * the loop may have several clients. */
void callbacks_attach(boxd_compute *compute, callbacks_on on);

/* Call before a client ends: in its close callback, or before a blocking close. A plain loop then stops
 * waiting for the client; an adapter stops by itself. */
void callbacks_leave(boxd_compute *compute);

/* Call at the end of a callback: counts it. Any thread. */
void callbacks_count(atomic_int *count);

/* Dispatches until `wanted` callbacks were counted. The test's own thread. */
void callbacks_wait(const atomic_int *count, int wanted);

/* Call after all clients have ended: checks that nothing is left on the loop, and closes the loop. */
void callbacks_end(void);

#endif
