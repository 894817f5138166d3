/*
 * http_proxy.c: the blocking functions for Drukbox HTTP proxies. Each one submits its async twin and
 * waits for the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread
 * of the client.
 */
#include "waiter.h"

#include <drukbox/aio/http_proxy.h>
#include <drukbox/http_proxy.h>

WAITER_CALLBACK(on_proxy, drukbox_http_proxy)
WAITER_CALLBACK(on_attachment, drukbox_http_proxy_attachment)

drukbox_http_proxy *drukbox_http_proxy_create(drukbox_client *client, const char *name, const char *target,
                                              const char *const *headers, const boxd_call_options *call,
                                              boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_http_proxy_create(client, name, target, headers, call, on_proxy, &w));
}

boxd_status drukbox_http_proxy_delete(drukbox_client *client, const char *name, const boxd_call_options *call,
                                      boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_http_proxy_delete(client, name, call, waiter_on_done, &w));
}

drukbox_http_proxy_attachment *drukbox_http_proxy_attach(drukbox_client *client, const char *name,
                                                         const char *host_id, const boxd_call_options *call,
                                                         boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_http_proxy_attach(client, name, host_id, call, on_attachment, &w));
}

boxd_status drukbox_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                      const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_http_proxy_detach(client, name, host_id, call, waiter_on_done, &w));
}
