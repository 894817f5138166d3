/**
 * @file proxy.h
 * Proxies: the routes by which the web reaches ports of a box, blocking. What holds for all calls stands in
 * boxd.h.
 */
#ifndef BOXD_PROXY_H
#define BOXD_PROXY_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/proxy.h>

BOXD_BEGIN_DECLS

/**
 * Makes a named route to a port of the box. RPC: CreateProxy.
 *
 * @param name a DNS label, of the box's own
 * @param port of the box, 1 to 65535; nothing need listen there yet
 * @param call or NULL
 * @param error or NULL
 * @return the proxy, with its domain, owned by the caller (boxd_proxy_free()); NULL:
 *   BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND (the box)
 */
BOXD_API boxd_proxy *boxd_proxy_create(boxd_box *box, const char *name, uint32_t port,
                                       const boxd_call_options *call, boxd_error *error);

/**
 * Lists the routes to the box, the default one too. RPC: ListProxies.
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, owned by the caller (boxd_proxies_free()); NULL: BOXD_ERR_NOT_FOUND (the box)
 */
BOXD_API boxd_proxies *boxd_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Sets where a route leads. RPC: SetProxyPort.
 *
 * @param name NULL or "": the default one
 * @param port of the box, 1 to 65535; 0: the service looks for it, which the default one alone can (today's
 *   service)
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND (the proxy, or the box), BOXD_ERR_INVALID_ARGUMENT
 */
BOXD_API boxd_status boxd_proxy_set_port(boxd_box *box, const char *name, uint32_t port,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Removes a named route. RPC: DeleteProxy.
 *
 * @param name not empty: the default one stays
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND (the proxy, or the box), BOXD_ERR_INVALID_ARGUMENT
 */
BOXD_API boxd_status boxd_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                       boxd_error *error);

BOXD_END_DECLS

#endif
