/**
 * @file network.h
 * Networks of the 0.1 service, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_NETWORK_H
#define BOXD_NETWORK_H

#include <boxd/compute.h>
#include <boxd/types/network.h>

BOXD_BEGIN_DECLS

/**
 * Makes a network. RPC: CreateNetwork.
 *
 * @param name NULL: none
 * @param call or NULL
 * @param error or NULL
 * @return the network, its id alone, owned by the caller (boxd_network_free()); NULL:
 *   BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_QUOTA, BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_network *boxd_network_create(boxd_compute *compute, const char *name,
                                           const boxd_call_options *call, boxd_error *error);

/**
 * Lists the networks of the account. RPC: ListNetworks.
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_networks_free()); NULL: BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_networks *boxd_network_list(boxd_compute *compute, const boxd_call_options *call,
                                          boxd_error *error);

BOXD_END_DECLS

#endif
