/**
 * @file types/service_account.h
 * Service accounts: who else may use a Drukbox service.
 */
#ifndef DRUKBOX_TYPES_SERVICE_ACCOUNT_H
#define DRUKBOX_TYPES_SERVICE_ACCOUNT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** An account that was made. */
typedef struct drukbox_service_account {
    const char *name;
    const char *token; /**< its token, shown this once; never NULL; zeroed when the account is freed */
} drukbox_service_account;

/** Frees it; what it held is zeroed. NULL is allowed. */
BOXD_API void drukbox_service_account_free(drukbox_service_account *account);

BOXD_END_DECLS

#endif
