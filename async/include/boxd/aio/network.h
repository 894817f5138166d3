/**
 * @file aio/network.h
 * Networks of the 0.1 service, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_NETWORK_H
#define BOXD_AIO_NETWORK_H

#include <boxd/aio/compute.h>
#include <boxd/types/network.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a network. @param network owned by the callback; NULL on failure */
typedef void (*boxd_network_cb)(boxd_network *network, const boxd_error *error, void *user_data);

/** Ends a call that returns networks. @param networks owned by the callback; NULL on failure */
typedef void (*boxd_networks_cb)(boxd_networks *networks, const boxd_error *error, void *user_data);

/**
 * Makes a network. RPC: CreateNetwork.
 *
 * @param name NULL: none
 * @param call or NULL
 * @param callback gets the network, its id alone, or: BOXD_ERR_ALREADY_EXISTS (the name),
 *   BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_QUOTA, BOXD_ERR_UNSUPPORTED. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_network_create(boxd_compute *compute, const char *name, const boxd_call_options *call,
                                      boxd_network_cb callback, void *user_data);

/**
 * Lists the networks of the account. RPC: ListNetworks.
 *
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: BOXD_ERR_UNSUPPORTED. Runs on the core thread or in
 *   dispatch.
 */
BOXD_API void boxd_aio_network_list(boxd_compute *compute, const boxd_call_options *call,
                                    boxd_networks_cb callback, void *user_data);

BOXD_END_DECLS

#endif
