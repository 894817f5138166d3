/*
 * api_key.c: the blocking functions for API keys. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/api_key.h>
#include <boxd/api_key.h>

WAITER_CALLBACK(on_key, boxd_api_key)
WAITER_CALLBACK(on_keys, boxd_api_keys)

boxd_api_key *boxd_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                                  boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_api_key_create(compute, options, on_key, &w));
}

boxd_api_keys *boxd_api_key_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_api_key_list(compute, call, on_keys, &w));
}

boxd_status boxd_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                                boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_api_key_delete(compute, id, call, waiter_on_done, &w));
}
