/**
 * @file aio/account.h
 * Who am I, and how is the service set up, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_ACCOUNT_H
#define BOXD_AIO_ACCOUNT_H

#include <boxd/aio/compute.h>
#include <boxd/types/account.h>

BOXD_BEGIN_DECLS

/** @param identity owned by the callback; NULL on failure */
typedef void (*boxd_identity_cb)(boxd_identity *identity, const boxd_error *error, void *user_data);

/** @param config owned by the callback; NULL on failure */
typedef void (*boxd_service_config_cb)(boxd_service_config *config, const boxd_error *error, void *user_data);

/**
 * Asks who the credential belongs to. RPC: Whoami.
 *
 * @param call or NULL
 * @param callback gets the identity, or BOXD_ERR_AUTHENTICATION ... Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_compute_whoami(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_identity_cb callback, void *user_data);

/**
 * Asks how the service is set up. RPC: GetConfig.
 *
 * @param call or NULL
 * @param callback gets the configuration. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_service_config_cb callback, void *user_data);

BOXD_END_DECLS

#endif
