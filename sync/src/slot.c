/*
 * slot.c: the blocking function that waits for a slot. It submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/compute.h>
#include <boxd/slot.h>

boxd_status boxd_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                       boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_compute_wait_for_slot(compute, call, waiter_on_done, &w));
}
