/**
 * @file boxd/aio/account.h
 * The async twins of boxd/account.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_ACCOUNT_H
#define BOXD_AIO_ACCOUNT_H

#include <boxd/aio/compute.h>
#include <boxd/types/account.h>

BOXD_BEGIN_DECLS

/** Receives an identity. The callback owns it: boxd_identity_free(). */
typedef void (*boxd_identity_cb)(boxd_identity *identity, const boxd_error *error, void *user_data);

/** Receives the configuration of the service. The callback owns it: boxd_service_config_free(). */
typedef void (*boxd_service_config_cb)(boxd_service_config *config, const boxd_error *error, void *user_data);

/** Async twin of boxd_compute_whoami(). @copydoc boxd_compute_whoami */
BOXD_API void boxd_aio_compute_whoami(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_identity_cb callback, void *user_data);

/** Async twin of boxd_compute_config(). @copydoc boxd_compute_config */
BOXD_API void boxd_aio_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                      boxd_service_config_cb callback, void *user_data);

BOXD_END_DECLS

#endif
