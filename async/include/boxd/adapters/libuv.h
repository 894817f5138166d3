/**
 * @file boxd/adapters/libuv.h
 * Runs the callbacks of a client on a libuv loop. Link with `pkg-config --libs boxd-libuv`, or with
 * boxd::libuv in CMake. uv.h itself does not compile with `-std=c11`: use `-std=gnu11`, or also
 * `-D_GNU_SOURCE`.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ADAPTERS_LIBUV_H
#define BOXD_ADAPTERS_LIBUV_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/* uv_loop_t. This header needs no header of libuv. */
struct uv_loop_s;

/**
 * Attaches a client to a loop: its callbacks run there from now on, while uv_run() runs. Returns at once.
 *
 * Like an open handle, an attached client keeps the loop running until the client has ended: after
 * boxd_aio_compute_close(), uv_run() returns when the close callback has run. boxd_aio_compute_detach()
 * removes the client earlier; afterwards the client can be attached again, to this or another loop. A loop
 * may have many clients; a client has one loop.
 *
 * Attach, detach and call boxd_compute_close() on the thread of the loop, like every libuv function, or
 * while no uv_run() is in progress. boxd_aio_compute_close() may be called from any thread. After a detach
 * or a boxd_compute_close() outside uv_run(), run the loop once more before uv_loop_close(), as after any
 * uv_close().
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    must exist as long as the client is attached
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (an argument is NULL, or the client has another dispatch
 *   mode), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (libuv reported an
 *   error), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_libuv_attach(boxd_compute *compute, struct uv_loop_s *loop, boxd_error *error);

BOXD_END_DECLS

#endif
