/**
 * @file drukbox/adapters/libev.h
 * Runs the callbacks of a Drukbox client on a libev loop. Link with
 * `pkg-config --libs drukbox-libev`, or with boxd::drukbox-libev in CMake.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_ADAPTERS_LIBEV_H
#define DRUKBOX_ADAPTERS_LIBEV_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/* This header needs no header of libev. */
struct ev_loop;

/**
 * Attaches a Drukbox client to a loop: its callbacks run there from now on. The rules are those of
 * boxd_libev_attach(), with the Drukbox functions in place of their counterparts in boxd/aio/compute.h. A
 * loop may have clients of both products.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   must exist as long as the client is attached
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (an argument is NULL, or the client has another dispatch
 *   mode), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_libev_attach(drukbox_client *client, struct ev_loop *loop, boxd_error *error);

BOXD_END_DECLS

#endif
