/**
 * @file boxd/proxy.h
 * Proxies: routes from a web domain to a port of a box. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_PROXY_H
#define BOXD_PROXY_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/proxy.h>

BOXD_BEGIN_DECLS

/**
 * Creates a named proxy to a port of a box.
 *
 * @param name a DNS label; the box must have no proxy of this name
 * @param port port of the box, 1 to 65535; no process has to listen on it yet
 *
 * @li Result: the proxy, with its domain, freed with boxd_proxy_free()
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (the name is taken), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 *   (the box)
 * @li RPC: CreateProxy
 */
BOXD_API boxd_proxy *boxd_proxy_create(boxd_box *box, const char *name, uint32_t port,
                                       const boxd_call_options *call, boxd_error *error);

/**
 * Lists the proxies of a box, including the default proxy.
 *
 * @li Result: the list, freed with boxd_proxies_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the box)
 * @li RPC: ListProxies
 */
BOXD_API boxd_proxies *boxd_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Sets the port that a proxy leads to.
 *
 * @param name NULL or "": the default proxy
 * @param port port of the box, 1 to 65535; 0: the service detects the port (only the default proxy, service
 *   0.2)
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (the proxy or the box), BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: SetProxyPort
 */
BOXD_API boxd_status boxd_proxy_set_port(boxd_box *box, const char *name, uint32_t port,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Deletes a named proxy.
 *
 * @param name not empty: the default proxy cannot be deleted
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (the proxy or the box), BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: DeleteProxy
 */
BOXD_API boxd_status boxd_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                       boxd_error *error);

BOXD_END_DECLS

#endif
