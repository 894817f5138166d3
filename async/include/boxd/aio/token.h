/**
 * @file aio/token.h
 * Tokens: credentials that expire, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_TOKEN_H
#define BOXD_AIO_TOKEN_H

#include <boxd/aio/compute.h>
#include <boxd/types/token.h>

BOXD_BEGIN_DECLS

/** Ends the making of a token. @param token owned by the callback; NULL on failure */
typedef void (*boxd_token_cb)(boxd_token *token, const boxd_error *error, void *user_data);

/** Ends a call that returns tokens. @param tokens owned by the callback; NULL on failure */
typedef void (*boxd_tokens_cb)(boxd_tokens *tokens, const boxd_error *error, void *user_data);

/**
 * Makes a token that a client can be opened with, e.g. to lend it to another process. RPC: CreateToken.
 *
 * @param expires_in_s seconds from now; 0: the service's default
 * @param call or NULL
 * @param callback gets the token, told this once, or: BOXD_ERR_INVALID_ARGUMENT (how long it is to live),
 *   BOXD_ERR_UNSUPPORTED. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_token_create(boxd_compute *compute, int64_t expires_in_s,
                                    const boxd_call_options *call, boxd_token_cb callback, void *user_data);

/**
 * Lists the tokens that can be used now. RPC: ListTokens.
 *
 * @param call or NULL
 * @param callback gets the list, without the tokens themselves, or: BOXD_ERR_UNSUPPORTED. Runs on the core
 *   thread or in dispatch.
 */
BOXD_API void boxd_aio_token_list(boxd_compute *compute, const boxd_call_options *call,
                                  boxd_tokens_cb callback, void *user_data);

/**
 * Makes a token worthless: calls with it end in BOXD_ERR_AUTHENTICATION. RPC: RevokeToken.
 *
 * @param jti the token's id, as boxd_token_list() tells it
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNSUPPORTED.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
