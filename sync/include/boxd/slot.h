/**
 * @file boxd/slot.h
 * Waiting for a slot: for threads that submit async calls to a client with a limit of calls in flight.
 * General rules: see boxd.h. The async twin is in boxd/aio/compute.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_SLOT_H
#define BOXD_SLOT_H

#include <boxd/base.h>
#include <boxd/compute.h>

BOXD_BEGIN_DECLS

/**
 * Waits until an async call can be submitted without BOXD_ERR_BUSY. Without a limit (max_calls_in_flight of
 * boxd_compute_options) the function returns at once.
 *
 * The slot is not reserved: if other threads submit calls as well, one of them may take it first. Blocking
 * calls do not need this function, because they wait for a slot themselves.
 *
 * With BOXD_DISPATCH_MANUAL a completed call keeps its slot until boxd_aio_compute_dispatch() has run its
 * callback. The thread that dispatches must therefore not call this function: it would wait for itself.
 *
 * @param call by default without a timeout
 *
 * @li Errors: BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED
 * @li RPC: none
 */
BOXD_API boxd_status boxd_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                                boxd_error *error);

BOXD_END_DECLS

#endif
