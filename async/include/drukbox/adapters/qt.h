/**
 * @file drukbox/adapters/qt.h
 * Runs the callbacks of a Drukbox client on the event loop of a Qt thread. Link with
 * `pkg-config --libs drukbox-qt`, or with boxd::drukbox-qt in CMake.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_ADAPTERS_QT_H
#define DRUKBOX_ADAPTERS_QT_H

#include <boxd/error.h>
#include <drukbox/client.h>

/* This header needs no header of Qt. */
#ifdef __cplusplus
class QObject;
#else
typedef struct QObject QObject;
#endif

BOXD_BEGIN_DECLS

/**
 * Attaches a Drukbox client to the event loop of the calling thread: its callbacks run there from now on. The
 * rules are those of boxd_qt_attach(), with the Drukbox functions in place of their counterparts in
 * boxd/aio/compute.h. A loop may have clients of both products.
 *
 * @param client  a client that was opened with BOXD_DISPATCH_MANUAL
 * @param context an object of the calling thread; the client is detached when the object is destroyed. NULL:
 *   the program detaches or closes the client before the thread ends
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`client` is NULL or has another dispatch mode, or `context`
 *   belongs to another thread), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (the
 *   calling thread has no event loop), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status drukbox_qt_attach(drukbox_client *client, QObject *context, boxd_error *error);

BOXD_END_DECLS

#endif
