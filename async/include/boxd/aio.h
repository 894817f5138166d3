/**
 * @file boxd/aio.h
 * The async API of boxd: a call returns at once and later runs one callback. Link with
 * `pkg-config --libs boxd-async`.
 *
 * `boxd_aio_x_y` is the async twin of the blocking function `boxd_x_y`. The comment of the blocking
 * function describes the operation: arguments, result, errors and RPC. The comment of the async function
 * refers to it and adds only what differs. The rules of boxd/boxd.h hold for both, with the following
 * differences.
 *
 * Results:
 * - Where the description of the blocking function says "returns", the async function calls back.
 * - The callback receives the result that the blocking function returns, and as further arguments the
 *   values that the blocking function stores through pointers.
 * - On success `error` is NULL. The callback owns its result and frees it with `boxd_<type>_free()`.
 * - On failure `error` says why, a result is NULL, a number is 0 and a flag is false. `error` is borrowed
 *   until the callback returns.
 * - The callback may be NULL: then the library frees the result.
 *
 * Arguments:
 * - Arguments are copied before the function returns. The functions named `_nocopy` do not copy their data.
 * - A handle may be freed while a call on it is in flight.
 *
 * Threads:
 * - An async function may be called from any thread, also inside a callback.
 *
 * Callbacks:
 * - The callback runs exactly once: on the client's core thread, or, if the client was opened with
 *   BOXD_DISPATCH_MANUAL, inside boxd_aio_compute_dispatch() on the thread that calls it. After the
 *   callback has returned, the library does not use `user_data` again.
 * - Invalid arguments are reported to the callback as well, and not from inside the function that submits
 *   the call. There are four exceptions, in which the callback runs inside the submitting function: the
 *   client or handle is NULL (BOXD_ERR_INVALID_ARGUMENT), the client has finished closing
 *   (BOXD_ERR_CLOSED), the process is a child made by fork() (BOXD_ERR_FORKED), or the operation cannot be
 *   allocated (BOXD_ERR_NO_MEMORY). In these cases a callback that submits its call again after every error
 *   recurses without end.
 * - If the client has a limit of calls in flight (max_calls_in_flight of boxd_compute_options), a call
 *   beyond the limit ends in BOXD_ERR_BUSY. boxd_aio_compute_wait_for_slot() calls back when the call can
 *   be submitted again.
 * - A callback must not block. Inside a callback the blocking functions of this library return
 *   BOXD_ERR_WOULD_DEADLOCK. A callback that blocks on the core thread delays the whole client: callbacks,
 *   deadlines, and blocking calls of other threads.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_H
#define BOXD_AIO_H

#include <boxd/aio/account.h>
#include <boxd/aio/api_key.h>
#include <boxd/aio/box.h>
#include <boxd/aio/checkpoint.h>
#include <boxd/aio/compute.h>
#include <boxd/aio/dir.h>
#include <boxd/aio/disk.h>
#include <boxd/aio/domain.h>
#include <boxd/aio/exec.h>
#include <boxd/aio/file.h>
#include <boxd/aio/job.h>
#include <boxd/aio/network.h>
#include <boxd/aio/port.h>
#include <boxd/aio/process.h>
#include <boxd/aio/proxy.h>
#include <boxd/aio/snapshot.h>
#include <boxd/aio/template.h>
#include <boxd/aio/token.h>
#include <boxd/compute.h>

#endif
