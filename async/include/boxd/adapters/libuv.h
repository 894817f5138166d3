/**
 * @file adapters/libuv.h
 * Runs a client's callbacks on a libuv loop. Link with `pkg-config --libs boxd-libuv`, or CMake's
 * boxd::libuv.
 */
#ifndef BOXD_ADAPTERS_LIBUV_H
#define BOXD_ADAPTERS_LIBUV_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

struct uv_loop_s; /* uv_loop_t: this header needs nothing of libuv */

/**
 * Attaches a client to a loop: from now on its callbacks run there, while uv_run() does. Returns at once.
 *
 * The client keeps the loop alive, as an open handle does, until it has ended: after boxd_aio_compute_close()
 * uv_run() returns once the close callback has run. boxd_aio_compute_detach() takes it off the loop before
 * that, and it may then be attached to another, or anew. A loop may have many clients, a client one loop.
 *
 * Attach, detach and boxd_compute_close() belong on the loop's thread (or where no uv_run() is under way), as
 * all of libuv does; boxd_aio_compute_close() may be called from any thread. After a detach or a
 * boxd_compute_close() outside of uv_run(), run the loop once more before uv_loop_close(), as after any
 * uv_close().
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    has to outlive the attachment
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (NULL, or another dispatch mode), BOXD_ERR_FAILED_PRECONDITION
 *   (attached already), BOXD_ERR_FAILED (libuv refused), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_libuv_attach(boxd_compute *compute, struct uv_loop_s *loop, boxd_error *error);

BOXD_END_DECLS

#endif
