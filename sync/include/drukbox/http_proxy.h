/**
 * @file drukbox/http_proxy.h
 * HTTP proxies, through which hosts send web requests. Only the provider "exe" has them. General rules: see
 * drukbox.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_HTTP_PROXY_H
#define DRUKBOX_HTTP_PROXY_H

#include <drukbox/client.h>
#include <drukbox/types/http_proxy.h>

BOXD_BEGIN_DECLS

/**
 * Creates a proxy.
 *
 * @param name    letters, digits, "_", "." and "-"
 * @param target  http:// or https:// URL of a host, without a path
 * @param headers "name=value" strings, at least one: the headers that the proxy adds to requests. The
 *   library zeroes its copies.
 *
 * @li Result: the proxy, freed with drukbox_http_proxy_free()
 * @li Errors: BOXD_ERR_CONFLICT (the name is taken), BOXD_ERR_VALIDATION, BOXD_ERR_RESPONSE (501: the
 *   provider has no proxies)
 * @li Route: POST /http-proxies
 */
BOXD_API drukbox_http_proxy *drukbox_http_proxy_create(drukbox_client *client, const char *name,
                                                       const char *target, const char *const *headers,
                                                       const boxd_call_options *call, boxd_error *error);

/**
 * Deletes a proxy.
 *
 * @param name name of the proxy
 *
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li Route: DELETE /http-proxies/{name}
 */
BOXD_API boxd_status drukbox_http_proxy_delete(drukbox_client *client, const char *name,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Attaches a proxy to a host: allows the host to use the proxy.
 *
 * @param name    name of the proxy
 * @param host_id id of the host
 *
 * @li Result: the attachment, freed with drukbox_http_proxy_attachment_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the proxy or the host), BOXD_ERR_CONFLICT (the host has no machine)
 * @li Route: POST /http-proxies/{name}/hosts/{host_id}
 */
BOXD_API drukbox_http_proxy_attachment *drukbox_http_proxy_attach(drukbox_client *client, const char *name,
                                                                  const char *host_id,
                                                                  const boxd_call_options *call,
                                                                  boxd_error *error);

/**
 * Detaches a proxy from a host.
 *
 * @param name    name of the proxy
 * @param host_id id of the host
 *
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li Route: DELETE /http-proxies/{name}/hosts/{host_id}
 */
BOXD_API boxd_status drukbox_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                               const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
