/**
 * @file boxd/aio/api_key.h
 * The async twins of boxd/api_key.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_API_KEY_H
#define BOXD_AIO_API_KEY_H

#include <boxd/aio/compute.h>
#include <boxd/types/api_key.h>

BOXD_BEGIN_DECLS

/** Receives a new API key. The callback owns it: boxd_api_key_free(). */
typedef void (*boxd_api_key_cb)(boxd_api_key *key, const boxd_error *error, void *user_data);

/** Receives a list of API keys. The callback owns it: boxd_api_keys_free(). */
typedef void (*boxd_api_keys_cb)(boxd_api_keys *keys, const boxd_error *error, void *user_data);

/** Async twin of boxd_api_key_create(). @copydoc boxd_api_key_create */
BOXD_API void boxd_aio_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                                      boxd_api_key_cb callback, void *user_data);

/** Async twin of boxd_api_key_list(). @copydoc boxd_api_key_list */
BOXD_API void boxd_aio_api_key_list(boxd_compute *compute, const boxd_call_options *call,
                                    boxd_api_keys_cb callback, void *user_data);

/** Async twin of boxd_api_key_delete(). @copydoc boxd_api_key_delete */
BOXD_API void boxd_aio_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                                      boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
