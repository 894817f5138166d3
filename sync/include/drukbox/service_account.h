/**
 * @file service_account.h
 * Service accounts, for which the client needs an admin key. A service older than mid 2026 has none:
 * BOXD_ERR_NOT_FOUND.
 */
#ifndef DRUKBOX_SERVICE_ACCOUNT_H
#define DRUKBOX_SERVICE_ACCOUNT_H

#include <drukbox/client.h>
#include <drukbox/types/service_account.h>

BOXD_BEGIN_DECLS

/**
 * Makes an account. POST /service-accounts.
 *
 * @param client the client
 * @param name lower case letters, digits and "-"
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the account, with its token; NULL on failure: BOXD_ERR_CONFLICT (the name is taken),
 *   BOXD_ERR_VALIDATION
 */
BOXD_API drukbox_service_account *drukbox_service_account_create(drukbox_client *client, const char *name,
                                                                 const boxd_call_options *call,
                                                                 boxd_error *error);

/**
 * Removes an account. DELETE /service-accounts/{name}.
 *
 * @param client the client
 * @param name the account's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (the admin's own), BOXD_ERR_VALIDATION
 */
BOXD_API boxd_status drukbox_service_account_remove(drukbox_client *client, const char *name,
                                                    const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
