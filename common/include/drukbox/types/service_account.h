/**
 * @file drukbox/types/service_account.h
 * Service accounts: further users of a Drukbox service.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_SERVICE_ACCOUNT_H
#define DRUKBOX_TYPES_SERVICE_ACCOUNT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** An account that was created. */
typedef struct drukbox_service_account {
    /** The name of the account. */
    const char *name;
    /** The token of the account; never NULL. The service never returns it again. */
    const char *token;
} drukbox_service_account;

/** Zeroes the token and frees the account's record. NULL is allowed. */
BOXD_API void drukbox_service_account_free(drukbox_service_account *account);

BOXD_END_DECLS

#endif
