/**
 * @file drukbox/service_account.h
 * Service accounts. The client needs an admin key. With a service older than mid 2026 the calls end in
 * BOXD_ERR_NOT_FOUND. General rules: see drukbox.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_SERVICE_ACCOUNT_H
#define DRUKBOX_SERVICE_ACCOUNT_H

#include <drukbox/client.h>
#include <drukbox/types/service_account.h>

BOXD_BEGIN_DECLS

/**
 * Creates a service account.
 *
 * @param name lower-case letters, digits and "-"
 *
 * @li Result: the account, with its token, freed with drukbox_service_account_free()
 * @li Errors: BOXD_ERR_CONFLICT (the name is taken), BOXD_ERR_VALIDATION
 * @li Route: POST /service-accounts
 */
BOXD_API drukbox_service_account *drukbox_service_account_create(drukbox_client *client, const char *name,
                                                                 const boxd_call_options *call,
                                                                 boxd_error *error);

/**
 * Removes a service account.
 *
 * @param name name of the account
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (the account of the admin), BOXD_ERR_VALIDATION
 * @li Route: DELETE /service-accounts/{name}
 */
BOXD_API boxd_status drukbox_service_account_remove(drukbox_client *client, const char *name,
                                                    const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
