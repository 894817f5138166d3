/**
 * @file api_key.h
 * API keys: credentials that clients are opened with, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_API_KEY_H
#define BOXD_API_KEY_H

#include <boxd/compute.h>
#include <boxd/types/api_key.h>

BOXD_BEGIN_DECLS

/**
 * Makes an API key that a client can be opened with. RPC: CreateApiKey.
 *
 * @param options the name must be set
 * @param error or NULL
 * @return the key, told this once, owned by the caller (boxd_api_key_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (no name, how long it is to live, its kind), BOXD_ERR_NOT_FOUND (the org),
 * BOXD_ERR_PERMISSION_DENIED
 */
BOXD_API boxd_api_key *boxd_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                                           boxd_error *error);

/**
 * Lists the API keys of the account. RPC: ListApiKeys.
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, without the keys themselves, owned by the caller (boxd_api_keys_free()); NULL: what any
 *   call may end in
 */
BOXD_API boxd_api_keys *boxd_api_key_list(boxd_compute *compute, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Makes an API key worthless: calls with it end in BOXD_ERR_AUTHENTICATION. RPC: DeleteApiKey.
 *
 * @param id as boxd_api_key_list() tells it
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT
 */
BOXD_API boxd_status boxd_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                                         boxd_error *error);

BOXD_END_DECLS

#endif
