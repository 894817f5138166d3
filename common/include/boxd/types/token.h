/**
 * @file boxd/types/token.h
 * Tokens: credentials that expire.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_TOKEN_H
#define BOXD_TYPES_TOKEN_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A new token. The service never returns it again. */
typedef struct boxd_token {
    /** The secret, for `token` of boxd_compute_options. */
    const char *token;
    /** When the token expires. */
    int64_t expires_at_ms;
    /** The id of the token, for boxd_token_revoke(): its claim `jti`. NULL: the token has no such claim. */
    const char *jti;
} boxd_token;

/** Zeroes the secret and frees the token. NULL is allowed. */
BOXD_API void boxd_token_free(boxd_token *token);

/** A token without its secret. */
typedef struct boxd_token_info {
    /** The id of the token, for boxd_token_revoke(): its claim `jti`. */
    const char *jti;
    /** When the token was made. */
    int64_t created_at_ms;
    /** When the token expires. */
    int64_t expires_at_ms;
} boxd_token_info;

/** Tokens in the order of the service, including those that API keys were exchanged for; freed with
 * boxd_tokens_free(). */
typedef struct boxd_tokens {
    /** The number of items. */
    size_t count;
    /** The tokens. They belong to the list. */
    const boxd_token_info *const *items;
} boxd_tokens;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_tokens_free(boxd_tokens *tokens);

BOXD_END_DECLS

#endif
