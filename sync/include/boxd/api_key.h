/**
 * @file boxd/api_key.h
 * API keys: credentials for opening clients. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_API_KEY_H
#define BOXD_API_KEY_H

#include <boxd/compute.h>
#include <boxd/types/api_key.h>

BOXD_BEGIN_DECLS

/**
 * Creates an API key. A client can be opened with it.
 *
 * @param options must have a name
 *
 * @li Result: the key, freed with boxd_api_key_free(). The service never returns the secret again.
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (no name, an invalid lifetime or an unknown kind),
 *   BOXD_ERR_NOT_FOUND (the org), BOXD_ERR_PERMISSION_DENIED
 * @li RPC: CreateApiKey
 */
BOXD_API boxd_api_key *boxd_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                                           boxd_error *error);

/**
 * Lists the API keys of the account.
 *
 * @li Result: the list, without the secrets, freed with boxd_api_keys_free()
 * @li RPC: ListApiKeys
 */
BOXD_API boxd_api_keys *boxd_api_key_list(boxd_compute *compute, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Revokes an API key. Later calls with the key end in BOXD_ERR_AUTHENTICATION.
 *
 * @param id the id of the key, from boxd_api_key_list()
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: DeleteApiKey
 */
BOXD_API boxd_status boxd_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                                         boxd_error *error);

BOXD_END_DECLS

#endif
