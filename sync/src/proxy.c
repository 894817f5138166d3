/*
 * proxy.c: the blocking functions for proxies. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/proxy.h>
#include <boxd/proxy.h>

WAITER_CALLBACK(on_proxy, boxd_proxy)
WAITER_CALLBACK(on_proxies, boxd_proxies)

boxd_proxy *boxd_proxy_create(boxd_box *box, const char *name, uint32_t port, const boxd_call_options *call,
                              boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_proxy_create(box, name, port, call, on_proxy, &w));
}

boxd_proxies *boxd_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_proxy_list(box, call, on_proxies, &w));
}

boxd_status boxd_proxy_set_port(boxd_box *box, const char *name, uint32_t port, const boxd_call_options *call,
                                boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_proxy_set_port(box, name, port, call, waiter_on_done, &w));
}

boxd_status boxd_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                              boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_proxy_delete(box, name, call, waiter_on_done, &w));
}
