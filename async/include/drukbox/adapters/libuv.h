/**
 * @file drukbox/adapters/libuv.h
 * Runs the callbacks of a Drukbox client on a libuv loop. Link with `pkg-config --libs drukbox-libuv`, or
 * with boxd::drukbox-libuv in CMake. uv.h itself does not compile with `-std=c11`: use `-std=gnu11`, or also
 * `-D_GNU_SOURCE`.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_ADAPTERS_LIBUV_H
#define DRUKBOX_ADAPTERS_LIBUV_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/* uv_loop_t. This header needs no header of libuv. */
struct uv_loop_s;

/**
 * Attaches a Drukbox client to a loop: its callbacks run there from now on. The rules are those of
 * boxd_libuv_attach(), with the Drukbox functions in place of their counterparts in boxd/aio/compute.h. A
 * loop may have clients of both products.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   must exist as long as the client is attached
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (an argument is NULL, or the client has another dispatch
 *   mode), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (libuv reported an
 *   error), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_libuv_attach(drukbox_client *client, struct uv_loop_s *loop, boxd_error *error);

BOXD_END_DECLS

#endif
