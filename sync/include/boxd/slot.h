/**
 * @file slot.h
 * For a thread that submits async calls and may wait: when there is room for one more. The async twin is in
 * boxd/aio/compute.h.
 */
#ifndef BOXD_SLOT_H
#define BOXD_SLOT_H

#include <boxd/base.h>
#include <boxd/compute.h>

BOXD_BEGIN_DECLS

/**
 * Waits until an async call can be submitted without being refused for want of room (see
 * max_calls_in_flight); where several threads submit, another may take the room first. Blocking calls need no
 * such thing: they wait for room by themselves. No RPC.
 *
 * With BOXD_DISPATCH_MANUAL not for the thread that dispatches, which would wait for itself: calls that have
 * ended are in the way of async ones until boxd_aio_compute_dispatch() has run their callbacks.
 *
 * @param compute the client
 * @param call    timeout (default: none) and cancel token; NULL: none
 * @param error   filled on failure; may be NULL
 * @return BOXD_OK when there is room (at once without a limit), or BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED,
 *   BOXD_ERR_CLOSED
 */
BOXD_API boxd_status boxd_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                                boxd_error *error);

BOXD_END_DECLS

#endif
