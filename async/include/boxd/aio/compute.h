/**
 * @file aio/compute.h
 * Closing a client without blocking, and running its callbacks on a thread of one's own.
 */
#ifndef BOXD_AIO_COMPUTE_H
#define BOXD_AIO_COMPUTE_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/** Tells that the library is done with bytes it did not copy. Called once, from any of the library's threads.
 */
typedef void (*boxd_release_cb)(void *release_data);

/** Ends a call that has no result but its status. @param error NULL on BOXD_OK, else borrowed for the
 * callback */
typedef void (*boxd_done_cb)(boxd_status status, const boxd_error *error, void *user_data);

/**
 * Closes the client without blocking and gives the caller's reference back: the twin of boxd_compute_close().
 * Calls in flight end in BOXD_ERR_CLOSED. May be called from any thread and inside a callback. No RPC.
 *
 * With BOXD_DISPATCH_MANUAL give a callback and go on dispatching until it has run: `compute` is valid for
 * boxd_aio_fd() and boxd_aio_dispatch() until then.
 *
 * A close too many, while the first is under way, waits for the same end: several callbacks may each close
 * the client in their error path. After the end `compute` must not be touched.
 *
 * @param compute NULL: `callback` is called at once, inside this function
 * @param callback called once everything has ended, after all other callbacks, on the core thread or inside
 *   boxd_aio_dispatch(); always with BOXD_OK; NULL: nobody is told, and `compute` is not valid any more. On a
 * client that had ended before, it is called inside this function.
 */
BOXD_API void boxd_aio_compute_close(boxd_compute *compute, boxd_done_cb callback, void *user_data);

/**
 * A descriptor to wait on (poll, epoll, any event loop): readable while callbacks wait for
 * boxd_aio_dispatch(). Owned by the client; do not read, write or close it. -1 with
 * BOXD_DISPATCH_CORE_THREAD, or for NULL. Any thread.
 */
BOXD_API int boxd_aio_fd(const boxd_compute *compute);

/**
 * Runs callbacks that are due, on the calling thread. Does not block (the callbacks may). From inside a
 * callback it runs nothing. Several threads may dispatch at once; each callback still runs once.
 *
 * @param max at most so many callbacks; 0: all that are due now
 * @return how many ran; 0 with BOXD_DISPATCH_CORE_THREAD, or for NULL
 */
BOXD_API size_t boxd_aio_dispatch(boxd_compute *compute, size_t max);

/**
 * For those who build a blocking call on an async one, as the blocking library does: while this is on, calls
 * that the calling thread submits call back on the core thread in either dispatch mode, so that the thread
 * may sleep until then. The callback should do no more than wake it.
 *
 * @param on whether the calling thread's submissions are so from now on
 * @return what it was before
 */
BOXD_API bool boxd_aio_direct_callbacks(bool on);

/** Whether the calling thread is inside a callback of this library, where blocking functions are refused. */
BOXD_API bool boxd_aio_in_callback(void);

BOXD_END_DECLS

#endif
