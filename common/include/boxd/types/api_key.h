/**
 * @file boxd/types/api_key.h
 * API keys: credentials to open clients with.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_API_KEY_H
#define BOXD_TYPES_API_KEY_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

typedef struct boxd_api_key_create_options {
    size_t size;
    boxd_call_options call;
    /** The name in lists. Required. */
    const char *name;
    /** Seconds from now. 0: the key does not expire. */
    int64_t expires_in_s;

    /* Service 0.2. Service 0.1 ignores them. */
    /** Name or id of the org whose boxes the key can use. NULL: the org of the credential. */
    const char *org;
    /** "member" (default): the key acts for the user who made it. "org": the key acts for the org. */
    const char *kind;
} boxd_api_key_create_options;

#define BOXD_API_KEY_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_api_key_create_options)

/** A new API key. The service never returns it again. */
typedef struct boxd_api_key {
    /** For boxd_api_key_delete(). */
    const char *id;
    /** The secret, for `api_key` of boxd_compute_options. */
    const char *key;
    /** 0: never. */
    int64_t expires_at_ms;
} boxd_api_key;

/** Zeroes the secret and frees the key. NULL is allowed. */
BOXD_API void boxd_api_key_free(boxd_api_key *key);

/** An API key without its secret. A string is NULL if the service did not send it. */
typedef struct boxd_api_key_info {
    /** For boxd_api_key_delete(). */
    const char *id;
    /** The name that the key was created with. */
    const char *name;
    /** The beginning of the key, to distinguish it from other keys. */
    const char *key_prefix;
    /** Service 0.2. */
    const char *org;
    /** Service 0.2: "member" or "org". */
    const char *kind;
    /** Service 0.2: the id of a user. */
    const char *created_by;
    /** 0: not sent. */
    int64_t created_at_ms;
    /** 0: never. */
    int64_t last_used_at_ms;
    /** 0: never. */
    int64_t expires_at_ms;
    /** Whether the user of the credential made the key. True if the service does not say who made it. */
    bool mine;
} boxd_api_key_info;

/** API keys in the order of the service; freed with boxd_api_keys_free(). */
typedef struct boxd_api_keys {
    /** The number of items. */
    size_t count;
    /** The keys. They belong to the list. */
    const boxd_api_key_info *const *items;
} boxd_api_keys;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_api_keys_free(boxd_api_keys *keys);

BOXD_END_DECLS

#endif
