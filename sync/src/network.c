/*
 * network.c: the blocking functions for networks. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/network.h>
#include <boxd/network.h>

WAITER_CALLBACK(on_network, boxd_network)
WAITER_CALLBACK(on_networks, boxd_networks)

boxd_network *boxd_network_create(boxd_compute *compute, const char *name, const boxd_call_options *call,
                                  boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_network_create(compute, name, call, on_network, &w));
}

boxd_networks *boxd_network_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_network_list(compute, call, on_networks, &w));
}
