/**
 * @file aio/api_key.h
 * API keys: credentials that clients are opened with, with callbacks. What holds for all calls stands in
 * aio.h.
 */
#ifndef BOXD_AIO_API_KEY_H
#define BOXD_AIO_API_KEY_H

#include <boxd/aio/compute.h>
#include <boxd/types/api_key.h>

BOXD_BEGIN_DECLS

/** Ends the making of an API key. @param key owned by the callback; NULL on failure */
typedef void (*boxd_api_key_cb)(boxd_api_key *key, const boxd_error *error, void *user_data);

/** Ends a call that returns API keys. @param keys owned by the callback; NULL on failure */
typedef void (*boxd_api_keys_cb)(boxd_api_keys *keys, const boxd_error *error, void *user_data);

/**
 * Makes an API key that a client can be opened with. RPC: CreateApiKey.
 *
 * @param options the name must be set; borrowed until this returns
 * @param callback gets the key, told this once, or: BOXD_ERR_INVALID_ARGUMENT (no name, how long it is to
 *   live, its kind), BOXD_ERR_NOT_FOUND (the org), BOXD_ERR_PERMISSION_DENIED. Runs on the core thread or in
 * dispatch.
 */
BOXD_API void boxd_aio_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                                      boxd_api_key_cb callback, void *user_data);

/**
 * Lists the API keys of the account. RPC: ListApiKeys.
 *
 * @param call or NULL
 * @param callback gets the list, without the keys themselves, or: what any call may end in. Runs on the
 *   core thread or in dispatch.
 */
BOXD_API void boxd_aio_api_key_list(boxd_compute *compute, const boxd_call_options *call,
                                    boxd_api_keys_cb callback, void *user_data);

/**
 * Makes an API key worthless: calls with it end in BOXD_ERR_AUTHENTICATION. RPC: DeleteApiKey.
 *
 * @param id as boxd_api_key_list() tells it
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT. Runs on the core thread
 *   or in dispatch.
 */
BOXD_API void boxd_aio_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                                      boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
