/**
 * @file adapters/libuv.h
 * Runs a Drukbox client's callbacks on a libuv loop. Link with `pkg-config --libs drukbox-libuv`, or CMake's
 * boxd::drukbox-libuv.
 */
#ifndef DRUKBOX_ADAPTERS_LIBUV_H
#define DRUKBOX_ADAPTERS_LIBUV_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

struct uv_loop_s; /* uv_loop_t: this header needs nothing of libuv */

/**
 * Attaches a Drukbox client to a loop, as boxd/adapters/libuv.h does a client of boxd, with the same rules:
 * from now on its callbacks run there. A loop may have clients of both.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   has to outlive the attachment
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (NULL, or another dispatch mode), BOXD_ERR_FAILED_PRECONDITION
 *   (attached already), BOXD_ERR_FAILED (libuv refused), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_libuv_attach(drukbox_client *client, struct uv_loop_s *loop, boxd_error *error);

BOXD_END_DECLS

#endif
