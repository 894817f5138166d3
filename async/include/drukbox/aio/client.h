/**
 * @file aio/client.h
 * Closing a Drukbox client without blocking, and running its callbacks on a thread of one's own.
 */
#ifndef DRUKBOX_AIO_CLIENT_H
#define DRUKBOX_AIO_CLIENT_H

#include <boxd/dispatch.h>
#include <boxd/thread.h>
#include <drukbox/client.h>

BOXD_BEGIN_DECLS

/**
 * Closes the client without blocking and gives the caller's reference back: the twin of
 * drukbox_client_close(). Calls in flight end in BOXD_ERR_CLOSED. May be called from any thread and inside a
 * callback. No request is made.
 *
 * With BOXD_DISPATCH_MANUAL give a callback and go on dispatching until it has run: `client` is valid for
 * drukbox_aio_client_fd() and drukbox_aio_client_dispatch() until then.
 *
 * A close too many, while the first is under way, waits for the same end: several callbacks may each close
 * the client in their error path. After the end `client` must not be touched.
 *
 * @param client   NULL: `callback` is called at once, inside this function
 * @param callback called once everything has ended, after all other callbacks, on the core thread or inside
 *   drukbox_aio_client_dispatch(); always with BOXD_OK. On a client that had ended before, it is called
 * inside this function. NULL: nobody is told, and `client` is not valid any more
 */
BOXD_API void drukbox_aio_client_close(drukbox_client *client, boxd_done_cb callback, void *user_data);

/**
 * A descriptor to wait on (poll, epoll, any event loop): readable exactly while callbacks wait for
 * drukbox_aio_client_dispatch(), and for good once the client has ended. Level-triggered. Owned by the
 * client; do not read, write or close it. -1 with BOXD_DISPATCH_CORE_THREAD, for NULL, and in a child made by
 * fork(). Any thread.
 */
BOXD_API int drukbox_aio_client_fd(const drukbox_client *client);

/**
 * Runs callbacks that are due, on the calling thread. Does not block (the callbacks may). From inside a
 * callback of any client, boxd's too, it runs nothing.
 *
 * @param max at most so many callbacks; 0: all that are due now, and not those that these make due
 * @return how many ran; 0 with BOXD_DISPATCH_CORE_THREAD, or for NULL
 */
BOXD_API size_t drukbox_aio_client_dispatch(drukbox_client *client, size_t max);

/**
 * For those who write an adapter: notes that a loop waits on drukbox_aio_client_fd() and dispatches.
 * Meanwhile `client` stays valid for these two, also after every close.
 *
 * @param detach called once with `data`, when the client is detached or has ended: stop waiting on the
 *   descriptor. On the thread that detaches, or on the one that dispatched the last callback
 * @param data   for `detach`
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (callbacks run on the client's own thread),
 *   BOXD_ERR_FAILED_PRECONDITION (it is attached already), BOXD_ERR_FORKED
 */
BOXD_API boxd_status drukbox_aio_client_attach(drukbox_client *client, boxd_detach_cb detach, void *data,
                                               boxd_error *error);

/** Takes the client off its loop. What is not attached, or NULL, is left alone; a client that has ended is
 * detached by itself. */
BOXD_API void drukbox_aio_client_detach(drukbox_client *client);

BOXD_END_DECLS

#endif
