/**
 * @file boxd/adapters/glib.h
 * Runs the callbacks of a client on a GLib main context. Link with `pkg-config --libs boxd-glib`, or with
 * boxd::glib in CMake.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ADAPTERS_GLIB_H
#define BOXD_ADAPTERS_GLIB_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/* GMainContext. This header needs no header of GLib. */
struct _GMainContext;

/**
 * Attaches a client to a main context: its callbacks run there from now on, on the thread that runs or
 * iterates the context, with G_PRIORITY_DEFAULT. Returns at once.
 *
 * Like any source, an attached client has no influence on how long g_main_loop_run() runs. To end the loop
 * with the client, call g_main_loop_quit() in the callback of boxd_aio_compute_close(), which is the last
 * callback. After the client has ended, its source is removed in the next iteration of the context; until
 * then the context is kept in memory. boxd_aio_compute_detach() removes the source earlier; afterwards the
 * client can be attached again, to this or another context. A context may have many clients; a client has
 * one context.
 *
 * Attach, detach and call boxd_compute_close() on the thread that runs the context, because that thread may
 * be about to dispatch, or while no thread runs it. boxd_aio_compute_close() may be called from any thread.
 * A main loop that is run inside a callback of the library runs no other callback of the library.
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    NULL: the default main context
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`compute` is NULL or has another dispatch mode),
 *   BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_glib_attach(boxd_compute *compute, struct _GMainContext *loop, boxd_error *error);

BOXD_END_DECLS

#endif
