/**
 * @file boxd/token.h
 * Tokens: credentials that expire. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TOKEN_H
#define BOXD_TOKEN_H

#include <boxd/compute.h>
#include <boxd/types/token.h>

BOXD_BEGIN_DECLS

/**
 * Creates a token. A client can be opened with it, for example in another process.
 *
 * @param expires_in_s lifetime in seconds; 0: the default of the service
 *
 * @li Result: the token, freed with boxd_token_free(). The service never returns the secret again.
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (the lifetime), BOXD_ERR_UNSUPPORTED (use boxd_api_key_create())
 * @li RPC: CreateToken
 */
BOXD_API boxd_token *boxd_token_create(boxd_compute *compute, int64_t expires_in_s,
                                       const boxd_call_options *call, boxd_error *error);

/**
 * Lists the tokens that are valid now.
 *
 * @li Result: the list, without the secrets, freed with boxd_tokens_free()
 * @li Errors: BOXD_ERR_UNSUPPORTED
 * @li RPC: ListTokens
 */
BOXD_API boxd_tokens *boxd_token_list(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_error *error);

/**
 * Revokes a token. Later calls with the token end in BOXD_ERR_AUTHENTICATION.
 *
 * @param jti the id of the token, from boxd_token_list()
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNSUPPORTED
 * @li RPC: RevokeToken
 */
BOXD_API boxd_status boxd_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                                       boxd_error *error);

BOXD_END_DECLS

#endif
