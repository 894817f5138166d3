/**
 * @file boxd/aio/network.h
 * The async twins of boxd/network.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_NETWORK_H
#define BOXD_AIO_NETWORK_H

#include <boxd/aio/compute.h>
#include <boxd/types/network.h>

BOXD_BEGIN_DECLS

/** Receives a network. The callback owns it: boxd_network_free(). */
typedef void (*boxd_network_cb)(boxd_network *network, const boxd_error *error, void *user_data);

/** Receives a list of networks. The callback owns it: boxd_networks_free(). */
typedef void (*boxd_networks_cb)(boxd_networks *networks, const boxd_error *error, void *user_data);

/** Async twin of boxd_network_create(). @copydoc boxd_network_create */
BOXD_API void boxd_aio_network_create(boxd_compute *compute, const char *name, const boxd_call_options *call,
                                      boxd_network_cb callback, void *user_data);

/** Async twin of boxd_network_list(). @copydoc boxd_network_list */
BOXD_API void boxd_aio_network_list(boxd_compute *compute, const boxd_call_options *call,
                                    boxd_networks_cb callback, void *user_data);

BOXD_END_DECLS

#endif
