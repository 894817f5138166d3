/**
 * @file boxd/types/network.h
 * Networks of service 0.1. In service 0.2 a network is a name that boxes share: boxd_box_set_networks().
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_NETWORK_H
#define BOXD_TYPES_NETWORK_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A network. A string is NULL if the response does not have it. The response to boxd_network_create() has
 * only the id. */
typedef struct boxd_network {
    /** The id of the network. */
    const char *id;
    /** For example "10.200.1.0/24". */
    const char *subnet;
    /** For example "active". */
    const char *status;
} boxd_network;

/** Frees the record. NULL is allowed. */
BOXD_API void boxd_network_free(boxd_network *network);

/** Networks in the order of the service; freed with boxd_networks_free(). */
typedef struct boxd_networks {
    /** The number of items. */
    size_t count;
    /** The networks. They belong to the list. */
    const boxd_network *const *items;
} boxd_networks;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_networks_free(boxd_networks *networks);

BOXD_END_DECLS

#endif
