/**
 * @file aio/service_account.h
 * Service accounts, for which the client needs an admin key. A service older than mid 2026 has none:
 * BOXD_ERR_NOT_FOUND.
 */
#ifndef DRUKBOX_AIO_SERVICE_ACCOUNT_H
#define DRUKBOX_AIO_SERVICE_ACCOUNT_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/service_account.h>

BOXD_BEGIN_DECLS

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_service_account_free(); else the result is NULL and `error` is borrowed for the callback. */
typedef void (*drukbox_service_account_cb)(drukbox_service_account *account, const boxd_error *error,
                                           void *user_data);

/**
 * Makes an account. POST /service-accounts.
 *
 * @param client the client
 * @param name lower case letters, digits and "-"
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the account, with its token; or BOXD_ERR_CONFLICT
 *   (the name is taken), BOXD_ERR_VALIDATION
 */
BOXD_API void drukbox_aio_service_account_create(drukbox_client *client, const char *name,
                                                 const boxd_call_options *call,
                                                 drukbox_service_account_cb callback, void *user_data);

/**
 * Removes an account. DELETE /service-accounts/{name}.
 *
 * @param client the client
 * @param name the account's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch; or BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (the
 *   admin's own), BOXD_ERR_VALIDATION
 */
BOXD_API void drukbox_aio_service_account_remove(drukbox_client *client, const char *name,
                                                 const boxd_call_options *call, boxd_done_cb callback,
                                                 void *user_data);

BOXD_END_DECLS

#endif
