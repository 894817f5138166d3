/**
 * @file types/token.h
 * Tokens: credentials that expire.
 */
#ifndef BOXD_TYPES_TOKEN_H
#define BOXD_TYPES_TOKEN_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A new token. The only time that it is told: the service never shows it again. */
typedef struct boxd_token {
    const char *token;     /**< a secret, as `token` of boxd_compute_options takes it */
    int64_t expires_at_ms; /**< unix milliseconds */
    const char *jti; /**< its id, for boxd_token_revoke(), as the token itself says; NULL: it says none */
} boxd_token;

/** Frees a token's record, the secret zeroed first. NULL is allowed. */
BOXD_API void boxd_token_free(boxd_token *token);

/** What is known of a token; never the token itself. */
typedef struct boxd_token_info {
    const char *jti;       /**< its id, for boxd_token_revoke(); also the claim `jti` in the token */
    int64_t created_at_ms; /**< unix milliseconds */
    int64_t expires_at_ms; /**< unix milliseconds */
} boxd_token_info;

/** Tokens, in the service's order, those that keys were exchanged for among them; freed with
 * boxd_tokens_free(). */
typedef struct boxd_tokens {
    size_t count;
    const boxd_token_info *const *items;
} boxd_tokens;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_tokens_free(boxd_tokens *tokens);

BOXD_END_DECLS

#endif
