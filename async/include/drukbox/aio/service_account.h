/**
 * @file drukbox/aio/service_account.h
 * The async twins of drukbox/service_account.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_SERVICE_ACCOUNT_H
#define DRUKBOX_AIO_SERVICE_ACCOUNT_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/service_account.h>

BOXD_BEGIN_DECLS

/** Receives a service account. The callback owns it: drukbox_service_account_free(). */
typedef void (*drukbox_service_account_cb)(drukbox_service_account *account, const boxd_error *error,
                                           void *user_data);

/** Async twin of drukbox_service_account_create(). @copydoc drukbox_service_account_create */
BOXD_API void drukbox_aio_service_account_create(drukbox_client *client, const char *name,
                                                 const boxd_call_options *call,
                                                 drukbox_service_account_cb callback, void *user_data);

/** Async twin of drukbox_service_account_remove(). @copydoc drukbox_service_account_remove */
BOXD_API void drukbox_aio_service_account_remove(drukbox_client *client, const char *name,
                                                 const boxd_call_options *call, boxd_done_cb callback,
                                                 void *user_data);

BOXD_END_DECLS

#endif
