/*
 * account.c: the blocking functions for the account and the configuration of the service. Each one
 * submits its async twin and waits for the callback (waiter.h): it runs on the thread of the caller, the
 * callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/account.h>
#include <boxd/aio/account.h>

WAITER_CALLBACK(on_identity, boxd_identity)
WAITER_CALLBACK(on_config, boxd_service_config)

boxd_identity *boxd_compute_whoami(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_compute_whoami(compute, call, on_identity, &w));
}

boxd_service_config *boxd_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                         boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_compute_config(compute, call, on_config, &w));
}
