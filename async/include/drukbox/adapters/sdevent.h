/**
 * @file drukbox/adapters/sdevent.h
 * Runs the callbacks of a Drukbox client on an sd-event loop (libsystemd). Link with
 * `pkg-config --libs drukbox-sdevent`, or with boxd::drukbox-sdevent in CMake.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_ADAPTERS_SDEVENT_H
#define DRUKBOX_ADAPTERS_SDEVENT_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/* sd_event. This header needs no header of libsystemd. */
struct sd_event;

/**
 * Attaches a Drukbox client to a loop: its callbacks run there from now on. The rules are those of
 * boxd_sdevent_attach(), with the Drukbox functions in place of their counterparts in boxd/aio/compute.h. A
 * loop may have clients of both products.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   NULL: the default loop of the calling thread
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`client` is NULL or has another dispatch mode),
 *   BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (sd-event reported an error),
 *   BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_sdevent_attach(drukbox_client *client, struct sd_event *loop, boxd_error *error);

BOXD_END_DECLS

#endif
