/**
 * @file boxd/types/account.h
 * The owner of the credential, and the configuration of the service.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_ACCOUNT_H
#define BOXD_TYPES_ACCOUNT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** The owner of the credential. A string is NULL if the service did not send it. */
typedef struct boxd_identity {
    /** The id of the user. */
    const char *user_id;
    /** Service 0.2. */
    const char *display_name;
    /** Service 0.1. */
    const char *default_network_id;
    /** The number of `fingerprints`. */
    size_t fingerprint_count;
    /** Of the SSH public keys of the account. */
    const char *const *fingerprints;
} boxd_identity;

/** Frees an identity. NULL is allowed. */
BOXD_API void boxd_identity_free(boxd_identity *identity);

/** The configuration of the service. A string is NULL if the service did not send it. */
typedef struct boxd_service_config {
    /** The image of boxes that are created without an image. */
    const char *default_image;
    /** The domain of the boxes' URLs. */
    const char *zone;
} boxd_service_config;

/** Frees a configuration. NULL is allowed. */
BOXD_API void boxd_service_config_free(boxd_service_config *config);

BOXD_END_DECLS

#endif
