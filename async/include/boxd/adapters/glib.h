/**
 * @file adapters/glib.h
 * Runs a client's callbacks on a GLib main context. Link with `pkg-config --libs boxd-glib`, or CMake's
 * boxd::glib.
 */
#ifndef BOXD_ADAPTERS_GLIB_H
#define BOXD_ADAPTERS_GLIB_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

struct _GMainContext; /* GMainContext: this header needs nothing of GLib */

/**
 * Attaches a client to a main context: from now on its callbacks run there, on the thread that runs or
 * iterates the context, with G_PRIORITY_DEFAULT. Returns at once.
 *
 * As any source, the client does not keep g_main_loop_run() alive: call g_main_loop_quit() in the callback of
 * boxd_aio_compute_close(), which is the last. When the client has ended its source goes by itself, with the
 * context's next iteration; until then the context is kept in memory. boxd_aio_compute_detach() takes it off
 * the context before that, and it may then be attached to another, or anew. A context may have many clients,
 * a client one context.
 *
 * Attach, detach and boxd_compute_close() belong on the thread that runs the context (or where nobody runs
 * it), since that may be about to dispatch; boxd_aio_compute_close() may be called from any thread. A main
 * loop run inside a callback of the library runs no other callback of it.
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop    NULL: the default main context
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`compute` is NULL, or another dispatch mode),
 * BOXD_ERR_FAILED_PRECONDITION (attached already), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_glib_attach(boxd_compute *compute, struct _GMainContext *loop, boxd_error *error);

BOXD_END_DECLS

#endif
