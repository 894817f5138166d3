/**
 * @file drukbox/aio/client.h
 * Closing a Drukbox client without blocking, and running its callbacks on a thread of the program. The
 * functions do the same as their counterparts in boxd/aio/compute.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_CLIENT_H
#define DRUKBOX_AIO_CLIENT_H

#include <boxd/dispatch.h>
#include <boxd/thread.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/**
 * Closes the client without blocking and releases the caller's reference: the twin of
 * drukbox_client_close(). Calls in flight end in BOXD_ERR_CLOSED. May be called from any thread and inside
 * a callback. No request is sent.
 *
 * With BOXD_DISPATCH_MANUAL pass a callback and continue to dispatch until it has run: until then `client`
 * is valid for drukbox_aio_client_fd() and drukbox_aio_client_dispatch(). Without a callback, and without
 * an attached loop, no thread is left that dispatches: the callbacks of calls in flight then run on the
 * core thread.
 *
 * While a client with one reference is closing, a further close is allowed, and its callback runs as well
 * when the client has ended: several callbacks may close the client in their error paths. With references of
 * drukbox_client_ref() close each reference once. After the client has ended, `client` must not be used.
 *
 * @param client   NULL: `callback` runs inside this function
 * @param callback called after all other callbacks, with BOXD_OK: on the core thread or inside
 *   drukbox_aio_client_dispatch(). If the client had ended before, it is called inside this function. NULL:
 *   no notification; `client` is invalid as soon as the function returns.
 */
BOXD_API void drukbox_aio_client_close(drukbox_client *client, boxd_done_cb callback, void *user_data);

/**
 * Gets the file descriptor to wait on, as boxd_aio_compute_fd(): it is readable while callbacks wait for
 * drukbox_aio_client_dispatch(), and after the client has ended. The client owns it: do not read, write or
 * close it. May be called from any thread.
 *
 * @return the descriptor; -1 with BOXD_DISPATCH_CORE_THREAD, for NULL, and in a child made by fork()
 */
BOXD_API int drukbox_aio_client_fd(const drukbox_client *client);

/**
 * Runs callbacks that are ready, on the calling thread, as boxd_aio_compute_dispatch(). Inside a callback
 * of any client, of boxd as well, the function runs nothing.
 *
 * @param max maximum number of callbacks; 0: all that are ready when the function is called, but none that
 *   becomes ready meanwhile
 * @return how many callbacks ran; 0 with BOXD_DISPATCH_CORE_THREAD, and for NULL
 */
BOXD_API size_t drukbox_aio_client_dispatch(drukbox_client *client, size_t max);

/**
 * Registers an event loop with the client, as boxd_aio_compute_attach(): for authors of adapters. While the
 * loop is attached, `client` stays valid for drukbox_aio_client_fd() and drukbox_aio_client_dispatch(),
 * even after every reference was closed.
 *
 * @param detach called once with `data`, when the client is detached or has ended: stop waiting on the
 *   descriptor. Runs on the thread that detaches the client, or, when the client ends, on the thread that
 *   dispatches or closes it.
 * @param data   passed to `detach`
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`client` or `detach` is NULL, or the client has
 *   BOXD_DISPATCH_CORE_THREAD), BOXD_ERR_FAILED_PRECONDITION (a loop is attached), BOXD_ERR_FORKED
 */
BOXD_API boxd_status drukbox_aio_client_attach(drukbox_client *client, boxd_detach_cb detach, void *data,
                                               boxd_error *error);

/**
 * Detaches the client from its event loop, as boxd_aio_compute_detach(). Without an attached loop, and for
 * NULL, the function has no effect. A client that has ended is detached automatically.
 */
BOXD_API void drukbox_aio_client_detach(drukbox_client *client);

BOXD_END_DECLS

#endif
