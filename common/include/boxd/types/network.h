/**
 * @file types/network.h
 * Networks of the 0.1 service. In today's, a network is a word that boxes share: boxd_box_set_networks().
 */
#ifndef BOXD_TYPES_NETWORK_H
#define BOXD_TYPES_NETWORK_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A network. Strings are NULL where the answer did not carry them: boxd_network_create() tells the id
 * alone. */
typedef struct boxd_network {
    const char *id;
    const char *subnet; /**< e.g. "10.200.1.0/24" */
    const char *status; /**< e.g. "active" */
} boxd_network;

/** Frees a network's record. NULL is allowed. */
BOXD_API void boxd_network_free(boxd_network *network);

/** Networks, in the service's order; freed with boxd_networks_free(). */
typedef struct boxd_networks {
    size_t count;
    const boxd_network *const *items;
} boxd_networks;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_networks_free(boxd_networks *networks);

BOXD_END_DECLS

#endif
