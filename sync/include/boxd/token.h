/**
 * @file token.h
 * Tokens: credentials that expire, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_TOKEN_H
#define BOXD_TOKEN_H

#include <boxd/compute.h>
#include <boxd/types/token.h>

BOXD_BEGIN_DECLS

/**
 * Makes a token that a client can be opened with, e.g. to lend it to another process. RPC: CreateToken.
 *
 * @param expires_in_s seconds from now; 0: the service's default
 * @param call or NULL
 * @param error or NULL
 * @return the token, told this once, owned by the caller (boxd_token_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (how long it is to live), BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_token *boxd_token_create(boxd_compute *compute, int64_t expires_in_s,
                                       const boxd_call_options *call, boxd_error *error);

/**
 * Lists the tokens that can be used now. RPC: ListTokens.
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, without the tokens themselves, owned by the caller (boxd_tokens_free()); NULL:
 *   BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_tokens *boxd_token_list(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_error *error);

/**
 * Makes a token worthless: calls with it end in BOXD_ERR_AUTHENTICATION. RPC: RevokeToken.
 *
 * @param jti the token's id, as boxd_token_list() tells it
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_status boxd_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                                       boxd_error *error);

BOXD_END_DECLS

#endif
