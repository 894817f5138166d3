/*
 * host.c: the blocking functions for Drukbox hosts. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <drukbox/aio/host.h>
#include <drukbox/host.h>

WAITER_CALLBACK(on_host, drukbox_host)
WAITER_CALLBACK(on_hosts, drukbox_hosts)

drukbox_host *drukbox_host_create(drukbox_client *client, const drukbox_host_create_options *options,
                                  boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_create(client, options, on_host, &w));
}

drukbox_host *drukbox_host_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                               boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_get(client, id, call, on_host, &w));
}

drukbox_host *drukbox_host_wait_until_active(drukbox_client *client, const char *id,
                                             const drukbox_wait_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_wait_until_active(client, id, options, on_host, &w));
}

drukbox_host *drukbox_host_attach(drukbox_client *client, const char *id, const boxd_call_options *call,
                                  boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_attach(client, id, call, on_host, &w));
}

drukbox_hosts *drukbox_host_list(drukbox_client *client, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_list(client, call, on_hosts, &w));
}

boxd_status drukbox_host_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                                boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_host_delete(client, id, call, waiter_on_done, &w));
}

drukbox_host *drukbox_host_renew(drukbox_client *client, const char *id,
                                 const drukbox_host_renew_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_host_renew(client, id, options, on_host, &w));
}

boxd_status drukbox_host_refresh_secret(drukbox_client *client, const char *id, const char *service,
                                        const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_host_refresh_secret(client, id, service, call, waiter_on_done, &w));
}
