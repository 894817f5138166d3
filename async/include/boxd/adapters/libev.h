/**
 * @file boxd/adapters/libev.h
 * Runs the callbacks of a client on a libev loop. Link with `pkg-config --libs boxd-libev`, or with
 * boxd::libev in CMake.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ADAPTERS_LIBEV_H
#define BOXD_ADAPTERS_LIBEV_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/* This header needs no header of libev. */
struct ev_loop;

/**
 * Attaches a client to a loop: its callbacks run there from now on, while ev_run() runs. Returns at once.
 *
 * Like an active watcher, an attached client keeps the loop running until the client has ended: after
 * boxd_aio_compute_close(), ev_run() returns when the close callback has run. boxd_aio_compute_detach()
 * removes the client earlier; afterwards the client can be attached again, to this or another loop. A loop
 * may have many clients; a client has one loop.
 *
 * Attach, detach and call boxd_compute_close() on the thread of the loop or while the loop does not run:
 * libev has no locks. boxd_aio_compute_close() may be called from any thread. Detach or close the client
 * before ev_loop_destroy().
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    must exist as long as the client is attached
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (an argument is NULL, or the client has another dispatch
 *   mode), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_libev_attach(boxd_compute *compute, struct ev_loop *loop, boxd_error *error);

BOXD_END_DECLS

#endif
