/*
 * service_account.c: the blocking functions for Drukbox service accounts. Each one submits its async twin
 * and waits for the callback (waiter.h): it runs on the thread of the caller, the callback on the core
 * thread of the client.
 */
#include "waiter.h"

#include <drukbox/aio/service_account.h>
#include <drukbox/service_account.h>

WAITER_CALLBACK(on_account, drukbox_service_account)

drukbox_service_account *drukbox_service_account_create(drukbox_client *client, const char *name,
                                                        const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_service_account_create(client, name, call, on_account, &w));
}

boxd_status drukbox_service_account_remove(drukbox_client *client, const char *name,
                                           const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_service_account_remove(client, name, call, waiter_on_done, &w));
}
