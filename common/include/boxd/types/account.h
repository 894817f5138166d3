/**
 * @file types/account.h
 * Who the credential belongs to, and how the service is set up.
 */
#ifndef BOXD_TYPES_ACCOUNT_H
#define BOXD_TYPES_ACCOUNT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** Who the credential belongs to. Strings are NULL where the service sent none. */
typedef struct boxd_identity {
    const char *user_id;
    const char *display_name;       /**< today's service */
    const char *default_network_id; /**< the 0.1 service */
    size_t fingerprint_count;
    const char *const *fingerprints; /**< of the account's SSH public keys */
} boxd_identity;

/** Frees an identity. NULL is allowed. */
BOXD_API void boxd_identity_free(boxd_identity *identity);

/** How the service is set up. Strings are NULL where the service sent none. */
typedef struct boxd_service_config {
    const char *default_image;
    const char *zone; /**< the domain of the boxes' URLs */
} boxd_service_config;

/** Frees a configuration. NULL is allowed. */
BOXD_API void boxd_service_config_free(boxd_service_config *config);

BOXD_END_DECLS

#endif
