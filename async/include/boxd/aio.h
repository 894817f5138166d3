/**
 * @file aio.h
 * The async surface: every call returns at once and ends in exactly one callback.
 *
 * A function `boxd_aio_x_y` is the twin of the blocking `boxd_x_y`: the same leading arguments, then a
 * callback and its `user_data`. What holds for all of them:
 *
 * - Inputs are copied before the function returns; handles may be freed while a call on them is in flight.
 * - The callback runs exactly once: on the client's core thread, or, with BOXD_DISPATCH_MANUAL, inside
 *   boxd_aio_compute_dispatch() on the thread that calls it. Failures of the arguments come that way too,
 * never from inside the submitting function. Four exceptions, for want of a thread or of memory to wait in:
 * with a NULL client or handle (BOXD_ERR_INVALID_ARGUMENT), on a client that has finished closing
 *   (BOXD_ERR_CLOSED), in a child made by fork() (BOXD_ERR_FORKED) and when the operation itself cannot be
 *   allocated (BOXD_ERR_NO_MEMORY) the callback runs inside the submitting function.
 *   A callback that submits its call again whatever the error is would call itself without end there.
 * - With max_calls_in_flight a call beyond the limit ends in BOXD_ERR_BUSY, through its callback;
 *   boxd_aio_compute_wait_for_slot() tells when to submit it again.
 * - On success `error` is NULL, and the callback owns its result and frees it with `boxd_<type>_free`; on
 * failure the result is NULL and the error says why. The error is borrowed for the callback's duration. After
 * the callback returned, `user_data` is never touched again.
 * - A callback may be NULL: the result is then freed.
 * - A callback must not block: blocking functions of this library return BOXD_ERR_WOULD_DEADLOCK inside one.
 *   On the core thread it holds up all of the client: callbacks, deadlines, blocking calls of other threads.
 */
#ifndef BOXD_AIO_H
#define BOXD_AIO_H

#include <boxd/aio/account.h>
#include <boxd/aio/api_key.h>
#include <boxd/aio/box.h>
#include <boxd/aio/checkpoint.h>
#include <boxd/aio/compute.h>
#include <boxd/aio/disk.h>
#include <boxd/aio/domain.h>
#include <boxd/aio/exec.h>
#include <boxd/aio/file.h>
#include <boxd/aio/network.h>
#include <boxd/aio/port.h>
#include <boxd/aio/process.h>
#include <boxd/aio/proxy.h>
#include <boxd/aio/snapshot.h>
#include <boxd/aio/template.h>
#include <boxd/aio/token.h>
#include <boxd/compute.h>

#endif
