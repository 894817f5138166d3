/**
 * @file drukbox/adapters/glib.h
 * Runs the callbacks of a Drukbox client on a GLib main context. Link with
 * `pkg-config --libs drukbox-glib`, or with boxd::drukbox-glib in CMake.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_ADAPTERS_GLIB_H
#define DRUKBOX_ADAPTERS_GLIB_H

#include <boxd/error.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/* GMainContext. This header needs no header of GLib. */
struct _GMainContext;

/**
 * Attaches a Drukbox client to a main context: its callbacks run there from now on. The rules are those of
 * boxd_glib_attach(), with the Drukbox functions in place of their counterparts in boxd/aio/compute.h. A
 * main context may have clients of both products.
 *
 * @param client a client that was opened with BOXD_DISPATCH_MANUAL
 * @param loop   NULL: the default main context
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`client` is NULL or has another dispatch mode),
 *   BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_glib_attach(drukbox_client *client, struct _GMainContext *loop,
                                         boxd_error *error);

BOXD_END_DECLS

#endif
