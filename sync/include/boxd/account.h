/**
 * @file account.h
 * Who am I, and how is the service set up, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_ACCOUNT_H
#define BOXD_ACCOUNT_H

#include <boxd/compute.h>
#include <boxd/types/account.h>

BOXD_BEGIN_DECLS

/**
 * Asks who the credential belongs to. RPC: Whoami.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return the identity, owned by the caller (boxd_identity_free()); NULL on failure
 */
BOXD_API boxd_identity *boxd_compute_whoami(boxd_compute *compute, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Asks how the service is set up. RPC: GetConfig.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return the configuration, owned by the caller (boxd_service_config_free()); NULL on failure
 */
BOXD_API boxd_service_config *boxd_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                                  boxd_error *error);

BOXD_END_DECLS

#endif
