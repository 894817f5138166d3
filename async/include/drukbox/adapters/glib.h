/**
 * @file adapters/glib.h
 * Runs a Drukbox client's callbacks on a GLib loop. Link with `pkg-config --libs drukbox-glib`, or CMake's
 * boxd::drukbox-glib.
 */
#ifndef DRUKBOX_ADAPTERS_GLIB_H
#define DRUKBOX_ADAPTERS_GLIB_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

struct _GMainContext; /* GMainContext: this header needs nothing of GLib */

/**
 * Attaches a Drukbox client to a loop, as boxd/adapters/glib.h does a client of boxd, with the same rules:
 * from now on its callbacks run there. A loop may have clients of both.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   has to outlive the attachment; NULL: the default context
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (NULL, or another dispatch mode), BOXD_ERR_FAILED_PRECONDITION
 *   (attached already), BOXD_ERR_FAILED (GLib refused), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_glib_attach(drukbox_client *client, struct _GMainContext *loop,
                                         boxd_error *error);

BOXD_END_DECLS

#endif
