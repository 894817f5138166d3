/**
 * @file aio/proxy.h
 * Proxies: the routes by which the web reaches ports of a box, with callbacks. What holds for all calls
 * stands in aio.h.
 */
#ifndef BOXD_AIO_PROXY_H
#define BOXD_AIO_PROXY_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/proxy.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a proxy. @param proxy owned by the callback; NULL on failure */
typedef void (*boxd_proxy_cb)(boxd_proxy *proxy, const boxd_error *error, void *user_data);

/** Ends a call that returns proxies. @param proxies owned by the callback; NULL on failure */
typedef void (*boxd_proxies_cb)(boxd_proxies *proxies, const boxd_error *error, void *user_data);

/**
 * Makes a named route to a port of the box. RPC: CreateProxy.
 *
 * @param name a DNS label, of the box's own
 * @param port of the box, 1 to 65535; nothing need listen there yet
 * @param call or NULL
 * @param callback gets the proxy, with its domain, or: BOXD_ERR_ALREADY_EXISTS (the name),
 *   BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND (the box). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_proxy_create(boxd_box *box, const char *name, uint32_t port,
                                    const boxd_call_options *call, boxd_proxy_cb callback, void *user_data);

/**
 * Lists the routes to the box, the default one too. RPC: ListProxies.
 *
 * @param call or NULL
 * @param callback gets the list, or: BOXD_ERR_NOT_FOUND (the box). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_proxies_cb callback,
                                  void *user_data);

/**
 * Sets where a route leads. RPC: SetProxyPort.
 *
 * @param name NULL or "": the default one
 * @param port of the box, 1 to 65535; 0: the service looks for it, which the default one alone can (today's
 *   service)
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND (the proxy, or the box), BOXD_ERR_INVALID_ARGUMENT.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_proxy_set_port(boxd_box *box, const char *name, uint32_t port,
                                      const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/**
 * Removes a named route. RPC: DeleteProxy.
 *
 * @param name not empty: the default one stays
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND (the proxy, or the box), BOXD_ERR_INVALID_ARGUMENT.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
