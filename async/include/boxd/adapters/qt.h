/**
 * @file boxd/adapters/qt.h
 * Runs the callbacks of a client on the event loop of a Qt thread. Link with `pkg-config --libs boxd-qt`, or
 * with boxd::qt in CMake.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ADAPTERS_QT_H
#define BOXD_ADAPTERS_QT_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

/* This header needs no header of Qt. */
#ifdef __cplusplus
class QObject;
#else
typedef struct QObject QObject;
#endif

BOXD_BEGIN_DECLS

/**
 * Attaches a client to the event loop of the calling thread: its callbacks run there from now on, while
 * QCoreApplication::exec() or another event loop of the thread runs. Returns at once. The thread is the main
 * thread after the QCoreApplication was created, a QThread, or a thread with a QEventLoop.
 *
 * An attached client has no influence on how long the event loop runs. To end the loop with the client, call
 * QCoreApplication::quit() in the callback of boxd_aio_compute_close(), which is the last callback. The
 * client leaves the loop after that callback, with boxd_aio_compute_detach(), or when `context` is
 * destroyed, for example with the window whose members the callbacks use. Afterwards the client can be
 * attached again, to this or another loop. A loop may have many clients; a client has one loop.
 *
 * Attach, detach and call boxd_compute_close() on this thread. boxd_aio_compute_close() may be called from
 * any thread. A nested event loop in a callback (QDialog::exec()) runs no other callback of the library. Do
 * not let an exception leave a callback.
 *
 * The library of the adapter is for one major version of Qt, that of the program: see BOXD_QT_VERSION in
 * docs/event-loops.md.
 *
 * @param compute a client that was opened with BOXD_DISPATCH_MANUAL
 * @param context an object of the calling thread; the client is detached when the object is destroyed. NULL:
 *   the program detaches or closes the client before the thread ends
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`compute` is NULL or has another dispatch mode, or `context`
 *   belongs to another thread), BOXD_ERR_FAILED_PRECONDITION (the client is attached), BOXD_ERR_FAILED (the
 *   calling thread has no event loop), BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_qt_attach(boxd_compute *compute, QObject *context, boxd_error *error);

BOXD_END_DECLS

#endif
