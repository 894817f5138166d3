/**
 * @file aio/compute.h
 * Closing a client without blocking, and running its callbacks on a thread of one's own.
 */
#ifndef BOXD_AIO_COMPUTE_H
#define BOXD_AIO_COMPUTE_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/thread.h>

BOXD_BEGIN_DECLS

/** Tells that the library is done with bytes it did not copy. Called once, from any of the library's threads.
 */
typedef void (*boxd_release_cb)(void *release_data);

/**
 * Closes the client without blocking and gives the caller's reference back: the twin of boxd_compute_close().
 * Calls in flight end in BOXD_ERR_CLOSED. May be called from any thread and inside a callback. No RPC.
 *
 * With BOXD_DISPATCH_MANUAL give a callback and go on dispatching until it has run: `compute` is valid for
 * boxd_aio_compute_fd() and boxd_aio_compute_dispatch() until then.
 *
 * A close too many, while the first is under way, waits for the same end: several callbacks may each close
 * the client in their error path. After the end `compute` must not be touched.
 *
 * @param compute NULL: `callback` is called at once, inside this function
 * @param callback called once everything has ended, after all other callbacks, on the core thread or inside
 *   boxd_aio_compute_dispatch(); always with BOXD_OK. On a client that had ended before, it is called inside
 * this function. NULL: nobody is told, and `compute` is not valid any more. With BOXD_DISPATCH_MANUAL and no
 * loop attached nobody is left to dispatch: the callbacks of calls in flight then run on the core thread.
 */
BOXD_API void boxd_aio_compute_close(boxd_compute *compute, boxd_done_cb callback, void *user_data);

/**
 * Tells once that a call can be submitted without being refused for want of room (see max_calls_in_flight).
 * Of several that ask, the first is told; the next after that one's callback has returned, if there is still
 * room. Where others submit, too, one of them may have taken it by then: the call is refused again, and may
 * ask again. No RPC; not a call in flight itself. The twin of boxd_compute_wait_for_slot().
 *
 * @param compute  the client
 * @param call     timeout (default: none) and cancel token; NULL: none
 * @param callback runs on the core thread or in dispatch: BOXD_OK when there is room (at once without a
 * limit), or BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED
 */
BOXD_API void boxd_aio_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                             boxd_done_cb callback, void *user_data);

/**
 * A descriptor to wait on (poll, epoll, any event loop): readable exactly while callbacks wait for
 * boxd_aio_compute_dispatch(), and for good once the client has ended, so that no loop sleeps on it.
 * Level-triggered (with EPOLLET, dispatch until nothing is left). Owned by the client; do not read, write or
 * close it. -1 with BOXD_DISPATCH_CORE_THREAD, for NULL, and in a child made by fork(). Any thread.
 */
BOXD_API int boxd_aio_compute_fd(const boxd_compute *compute);

/**
 * Runs callbacks that are due, on the calling thread. Does not block (the callbacks may). From inside a
 * callback of any client it runs nothing. Several threads may dispatch at once; each callback still runs
 * once, and those of one call never run beside each other. After the client has ended there is nothing left
 * to run, as long as `compute` is still valid (another reference, an attached loop).
 *
 * @param max at most so many callbacks; 0: all that are due now, and not those that these make due
 * @return how many ran; 0 with BOXD_DISPATCH_CORE_THREAD, or for NULL
 */
BOXD_API size_t boxd_aio_compute_dispatch(boxd_compute *compute, size_t max);

/**
 * For those who write an adapter (boxd/adapters/ has three): notes that a loop waits on boxd_aio_compute_fd()
 * and dispatches. Meanwhile `compute` stays valid for boxd_aio_compute_fd() and boxd_aio_compute_dispatch(),
 * also after every close.
 *
 * @param detach called once with `data`, when the client is detached or has ended: stop waiting on the
 *   descriptor. Runs on the thread that detaches or, at the end of the client, that dispatches or closes it
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (NULL, or a client with BOXD_DISPATCH_CORE_THREAD),
 *   BOXD_ERR_FAILED_PRECONDITION (attached already), BOXD_ERR_FORKED
 */
BOXD_API boxd_status boxd_aio_compute_attach(boxd_compute *compute, boxd_detach_cb detach, void *data,
                                             boxd_error *error);

/**
 * Takes the client from the loop that an adapter attached it to: this loop is done with it, and another may
 * be attached, also of another kind and on another thread. Callbacks that are due then run there. Call it on
 * the loop's thread, inside a callback too, which is then the last one there: where several were due, the
 * others wait for the next loop. What is not attached, or NULL, is left alone; a client that has ended is
 * detached by itself.
 */
BOXD_API void boxd_aio_compute_detach(boxd_compute *compute);

BOXD_END_DECLS

#endif
