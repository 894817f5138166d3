/**
 * @file adapters/libevent.h
 * Runs a client's callbacks on a libevent loop. Link with `pkg-config --libs boxd-libevent`, or CMake's
 * boxd::libevent.
 */
#ifndef BOXD_ADAPTERS_LIBEVENT_H
#define BOXD_ADAPTERS_LIBEVENT_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

struct event_base; /* this header needs nothing of libevent */

/**
 * Attaches a client to a loop: from now on its callbacks run there, while event_base_dispatch() or
 * event_base_loop() does. Returns at once.
 *
 * The client keeps the loop alive, as a pending event does, until it has ended: after
 * boxd_aio_compute_close() event_base_dispatch() returns once the close callback has run.
 * boxd_aio_compute_detach() takes it off the loop before that, and it may then be attached to another, or
 * anew. A loop may have many clients, a client one loop.
 *
 * Attach, detach and boxd_compute_close() belong on the loop's thread (or where the loop does not run),
 * unless the base was made after evthread_use_pthreads(); boxd_aio_compute_close() may be called from any
 * thread. The library needs no evthread_use_pthreads(). Detach or close before event_base_free().
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    has to outlive the attachment
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (NULL, or another dispatch mode), BOXD_ERR_FAILED_PRECONDITION
 *   (attached already), BOXD_ERR_FAILED (libevent refused), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_libevent_attach(boxd_compute *compute, struct event_base *loop, boxd_error *error);

BOXD_END_DECLS

#endif
