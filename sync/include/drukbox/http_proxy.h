/**
 * @file http_proxy.h
 * HTTP proxies. Only the provider "exe" has them.
 */
#ifndef DRUKBOX_HTTP_PROXY_H
#define DRUKBOX_HTTP_PROXY_H

#include <drukbox/client.h>
#include <drukbox/types/http_proxy.h>

BOXD_BEGIN_DECLS

/**
 * Makes a proxy. POST /http-proxies.
 *
 * @param client the client
 * @param name letters, digits, "_", "." and "-"
 * @param target http:// or https:// URL of a host, without a path
 * @param headers "name=value" words up to a NULL, which it adds to requests; at least one; copies are zeroed
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the proxy; NULL on failure: BOXD_ERR_CONFLICT (the name is taken), BOXD_ERR_VALIDATION,
 *   BOXD_ERR_RESPONSE (501: the provider has no proxies)
 */
BOXD_API drukbox_http_proxy *drukbox_http_proxy_create(drukbox_client *client, const char *name,
                                                       const char *target, const char *const *headers,
                                                       const boxd_call_options *call, boxd_error *error);

/**
 * Deletes a proxy. DELETE /http-proxies/{name}.
 *
 * @param client the client
 * @param name the proxy's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status drukbox_http_proxy_delete(drukbox_client *client, const char *name,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Lets a host use a proxy. POST /http-proxies/{name}/hosts/{host_id}.
 *
 * @param client the client
 * @param name the proxy's
 * @param host_id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the attachment; NULL on failure: BOXD_ERR_NOT_FOUND (no such proxy or host), BOXD_ERR_CONFLICT (the
 *   host has no machine)
 */
BOXD_API drukbox_http_proxy_attachment *drukbox_http_proxy_attach(drukbox_client *client, const char *name,
                                                                  const char *host_id,
                                                                  const boxd_call_options *call,
                                                                  boxd_error *error);

/**
 * Ends that. DELETE /http-proxies/{name}/hosts/{host_id}.
 *
 * @param client the client
 * @param name the proxy's
 * @param host_id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status drukbox_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                               const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
