/**
 * @file boxd/network.h
 * Networks of service 0.1. General rules: see boxd.h. In service 0.2 a network is only a name that boxes
 * share, set with boxd_box_set_networks(): the functions below end in BOXD_ERR_UNSUPPORTED.
 *
 * @since 0.1.0
 */
#ifndef BOXD_NETWORK_H
#define BOXD_NETWORK_H

#include <boxd/compute.h>
#include <boxd/types/network.h>

BOXD_BEGIN_DECLS

/**
 * Creates a network.
 *
 * @param name NULL: no name
 *
 * @li Result: the network, freed with boxd_network_free(). Only its `id` is set.
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (the name is taken), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_QUOTA
 * @li RPC: CreateNetwork (service 0.1)
 */
BOXD_API boxd_network *boxd_network_create(boxd_compute *compute, const char *name,
                                           const boxd_call_options *call, boxd_error *error);

/**
 * Lists the networks of the account.
 *
 * @li Result: the list, possibly empty, freed with boxd_networks_free()
 * @li RPC: ListNetworks (service 0.1)
 */
BOXD_API boxd_networks *boxd_network_list(boxd_compute *compute, const boxd_call_options *call,
                                          boxd_error *error);

BOXD_END_DECLS

#endif
