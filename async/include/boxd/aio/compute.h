/**
 * @file boxd/aio/compute.h
 * Closing a client without blocking, and running its callbacks on a thread of the program. General rules:
 * see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_COMPUTE_H
#define BOXD_AIO_COMPUTE_H

#include <boxd/base.h>
#include <boxd/compute.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/thread.h>

BOXD_BEGIN_DECLS

/**
 * Releases data that the library has borrowed and no longer needs. Called exactly once, from any thread of
 * the library or inside the function that submits the call.
 */
typedef void (*boxd_release_cb)(void *release_data);

/**
 * Closes the client without blocking and releases the caller's reference: the twin of boxd_compute_close().
 * Calls in flight end in BOXD_ERR_CLOSED. May be called from any thread and inside a callback. No RPC.
 *
 * With BOXD_DISPATCH_MANUAL pass a callback and continue to dispatch until it has run: until then `compute`
 * is valid for boxd_aio_compute_fd() and boxd_aio_compute_dispatch(). Without a callback, and without an
 * attached loop, no thread is left that dispatches: the callbacks of calls in flight then run on the core
 * thread.
 *
 * While a client with one reference is closing, a further close is allowed, and its callback runs as well
 * when the client has ended: several callbacks may close the client in their error paths. With references of
 * boxd_compute_ref() close each reference once. After the client has ended, `compute` must not be used.
 *
 * @param compute  NULL: `callback` runs inside this function
 * @param callback called after all other callbacks, with BOXD_OK: on the core thread or inside
 *   boxd_aio_compute_dispatch(). If the client had ended before, it is called inside this function. NULL:
 *   no notification; `compute` is invalid as soon as the function returns.
 */
BOXD_API void boxd_aio_compute_close(boxd_compute *compute, boxd_done_cb callback, void *user_data);

/**
 * Async twin of boxd_compute_wait_for_slot(). @copydoc boxd_compute_wait_for_slot
 *
 * Several pending waits complete one at a time, in their order: the next one completes after the callback
 * of the previous one has returned, if there is still a slot. If another thread takes the slot first, the
 * call that the callback submits ends in BOXD_ERR_BUSY; then wait again. A wait itself needs no slot.
 */
BOXD_API void boxd_aio_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                             boxd_done_cb callback, void *user_data);

/**
 * Gets the file descriptor to wait on (poll, epoll, an event loop). It is readable while callbacks wait for
 * boxd_aio_compute_dispatch(). After the client has ended, it stays readable, so that no loop sleeps on it.
 *
 * The descriptor is level-triggered: with EPOLLET, dispatch until no callback is left. The client owns it:
 * do not read, write or close it. May be called from any thread.
 *
 * @return the descriptor; -1 with BOXD_DISPATCH_CORE_THREAD, for NULL, and in a child made by fork()
 */
BOXD_API int boxd_aio_compute_fd(const boxd_compute *compute);

/**
 * Runs callbacks that are ready, on the calling thread. The function itself does not block.
 *
 * Inside a callback of any client the function runs nothing. Several threads may dispatch at the same time:
 * each callback runs once, and the callbacks of one call never run at the same time. After the client has
 * ended, the function runs nothing, as long as `compute` is still valid (because of another reference or an
 * attached loop).
 *
 * @param max maximum number of callbacks; 0: all that are ready when the function is called, but none that
 *   becomes ready meanwhile
 * @return how many callbacks ran; 0 with BOXD_DISPATCH_CORE_THREAD, and for NULL
 */
BOXD_API size_t boxd_aio_compute_dispatch(boxd_compute *compute, size_t max);

/**
 * Registers an event loop with the client: for authors of adapters (boxd/adapters/ has those of this
 * library). The loop waits on boxd_aio_compute_fd() and calls boxd_aio_compute_dispatch(). While the loop is
 * attached, `compute` stays valid for both functions, even after every reference was closed.
 *
 * @param detach called once with `data`, when the client is detached or has ended: stop waiting on the
 *   descriptor. Runs on the thread that detaches the client, or, when the client ends, on the thread that
 *   dispatches or closes it.
 * @param data   passed to `detach`
 * @param error  filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (`compute` or `detach` is NULL, or the client has
 *   BOXD_DISPATCH_CORE_THREAD), BOXD_ERR_FAILED_PRECONDITION (a loop is attached), BOXD_ERR_FORKED
 */
BOXD_API boxd_status boxd_aio_compute_attach(boxd_compute *compute, boxd_detach_cb detach, void *data,
                                             boxd_error *error);

/**
 * Detaches the client from its event loop. Another loop can be attached afterwards, of any kind and on any
 * thread: it runs the callbacks that are ready.
 *
 * Call the function on the thread of the loop. Inside a callback it is allowed as well: no further callback
 * runs on this loop then, and other callbacks that are ready wait for the next loop. Without an attached
 * loop, and for NULL, the function has no effect. A client that has ended is detached automatically.
 */
BOXD_API void boxd_aio_compute_detach(boxd_compute *compute);

BOXD_END_DECLS

#endif
