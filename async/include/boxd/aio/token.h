/**
 * @file boxd/aio/token.h
 * The async twins of boxd/token.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_TOKEN_H
#define BOXD_AIO_TOKEN_H

#include <boxd/aio/compute.h>
#include <boxd/types/token.h>

BOXD_BEGIN_DECLS

/** Receives a new token. The callback owns it: boxd_token_free(). */
typedef void (*boxd_token_cb)(boxd_token *token, const boxd_error *error, void *user_data);

/** Receives a list of tokens. The callback owns it: boxd_tokens_free(). */
typedef void (*boxd_tokens_cb)(boxd_tokens *tokens, const boxd_error *error, void *user_data);

/** Async twin of boxd_token_create(). @copydoc boxd_token_create */
BOXD_API void boxd_aio_token_create(boxd_compute *compute, int64_t expires_in_s,
                                    const boxd_call_options *call, boxd_token_cb callback, void *user_data);

/** Async twin of boxd_token_list(). @copydoc boxd_token_list */
BOXD_API void boxd_aio_token_list(boxd_compute *compute, const boxd_call_options *call,
                                  boxd_tokens_cb callback, void *user_data);

/** Async twin of boxd_token_revoke(). @copydoc boxd_token_revoke */
BOXD_API void boxd_aio_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
