/**
 * @file boxd/account.h
 * The account of the credential and the configuration of the service. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ACCOUNT_H
#define BOXD_ACCOUNT_H

#include <boxd/compute.h>
#include <boxd/types/account.h>

BOXD_BEGIN_DECLS

/**
 * Gets the identity that the client's credential belongs to.
 *
 * @li Result: the identity, freed with boxd_identity_free()
 * @li RPC: Whoami
 */
BOXD_API boxd_identity *boxd_compute_whoami(boxd_compute *compute, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Gets the configuration of the service.
 *
 * @li Result: the configuration, freed with boxd_service_config_free()
 * @li RPC: GetConfig
 */
BOXD_API boxd_service_config *boxd_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                                  boxd_error *error);

BOXD_END_DECLS

#endif
