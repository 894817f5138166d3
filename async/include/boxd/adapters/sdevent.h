/**
 * @file boxd/adapters/sdevent.h
 * Runs the callbacks of a client on an sd-event loop (libsystemd). Link with `pkg-config --libs
 * boxd-sdevent`, or with boxd::sdevent in CMake.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ADAPTERS_SDEVENT_H
#define BOXD_ADAPTERS_SDEVENT_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/* sd_event. This header needs no header of libsystemd. */
struct sd_event;

/**
 * Attaches a client to a loop: its callbacks run there from now on, while sd_event_loop() or sd_event_run()
 * runs, with SD_EVENT_PRIORITY_NORMAL. Returns at once.
 *
 * Like any event source, an attached client has no influence on how long sd_event_loop() runs. To end the
 * loop with the client, call sd_event_exit() in the callback of boxd_aio_compute_close(), which is the last
 * callback. An attached client has a reference to the loop. boxd_aio_compute_detach() removes the client
 * earlier; afterwards the client can be attached again, to this or another loop. A loop may have many
 * clients; a client has one loop.
 *
 * Attach, detach and call boxd_compute_close() on the thread of the loop or while the loop does not run:
 * sd-event has no locks. boxd_aio_compute_close() may be called from any thread.
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    NULL: the default loop of the calling thread, as sd_event_default() returns it
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`compute` is NULL or has another dispatch mode),
 *   BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (sd-event reported an error, for
 *   example because the loop has finished), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_sdevent_attach(boxd_compute *compute, struct sd_event *loop, boxd_error *error);

BOXD_END_DECLS

#endif
