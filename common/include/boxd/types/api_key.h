/**
 * @file types/api_key.h
 * API keys: credentials that clients are opened with.
 */
#ifndef BOXD_TYPES_API_KEY_H
#define BOXD_TYPES_API_KEY_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

typedef struct boxd_api_key_create_options {
    size_t size;
    boxd_call_options call;
    const char *name;     /**< what lists show it as; must be set */
    int64_t expires_in_s; /**< seconds from now; 0: it does not expire */

    /* Today's service; that of 0.1 ignores them. */
    const char *org;  /**< name or id of the org whose boxes it reaches; NULL: the credential's */
    const char *kind; /**< "member" (default): acts as its maker; or "org": acts as the org */
} boxd_api_key_create_options;

#define BOXD_API_KEY_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_api_key_create_options)

/** A new API key. The only time that it is told: the service never shows it again. */
typedef struct boxd_api_key {
    const char *id;
    const char *key;       /**< a secret, as `api_key` of boxd_compute_options takes it */
    int64_t expires_at_ms; /**< unix milliseconds; 0: never */
} boxd_api_key;

/** Frees a key's record, the secret zeroed first. NULL is allowed. */
BOXD_API void boxd_api_key_free(boxd_api_key *key);

/** What is known of an API key; never the key itself. Strings are NULL where the service sent none. */
typedef struct boxd_api_key_info {
    const char *id;
    const char *name;
    const char *key_prefix;  /**< enough to tell keys apart */
    const char *org;         /**< today's service */
    const char *kind;        /**< "member" or "org"; today's service */
    const char *created_by;  /**< the id of a user; today's service */
    int64_t created_at_ms;   /**< unix milliseconds */
    int64_t last_used_at_ms; /**< unix milliseconds; 0: never */
    int64_t expires_at_ms;   /**< unix milliseconds; 0: never */
    bool mine; /**< the credential's user made it; true where the service does not tell who did */
} boxd_api_key_info;

/** API keys, in the service's order; freed with boxd_api_keys_free(). */
typedef struct boxd_api_keys {
    size_t count;
    const boxd_api_key_info *const *items;
} boxd_api_keys;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_api_keys_free(boxd_api_keys *keys);

BOXD_END_DECLS

#endif
