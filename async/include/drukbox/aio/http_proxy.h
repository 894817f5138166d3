/**
 * @file aio/http_proxy.h
 * HTTP proxies. Only the provider "exe" has them.
 */
#ifndef DRUKBOX_AIO_HTTP_PROXY_H
#define DRUKBOX_AIO_HTTP_PROXY_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/http_proxy.h>

BOXD_BEGIN_DECLS

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_http_proxy_free(); else the result is NULL and `error` is borrowed for the callback. */
typedef void (*drukbox_http_proxy_cb)(drukbox_http_proxy *proxy, const boxd_error *error, void *user_data);

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_http_proxy_attachment_free(); else the result is NULL and `error` is borrowed for the
 * callback. */
typedef void (*drukbox_http_proxy_attachment_cb)(drukbox_http_proxy_attachment *attachment,
                                                 const boxd_error *error, void *user_data);

/**
 * Makes a proxy. POST /http-proxies.
 *
 * @param client the client
 * @param name letters, digits, "_", "." and "-"
 * @param target http:// or https:// URL of a host, without a path
 * @param headers "name=value" words up to a NULL, which it adds to requests; at least one; copies are zeroed
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the proxy; or BOXD_ERR_CONFLICT (the name is
 *   taken), BOXD_ERR_VALIDATION, BOXD_ERR_RESPONSE (501: the provider has no proxies)
 */
BOXD_API void drukbox_aio_http_proxy_create(drukbox_client *client, const char *name, const char *target,
                                            const char *const *headers, const boxd_call_options *call,
                                            drukbox_http_proxy_cb callback, void *user_data);

/**
 * Deletes a proxy. DELETE /http-proxies/{name}.
 *
 * @param client the client
 * @param name the proxy's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch; or BOXD_ERR_NOT_FOUND
 */
BOXD_API void drukbox_aio_http_proxy_delete(drukbox_client *client, const char *name,
                                            const boxd_call_options *call, boxd_done_cb callback,
                                            void *user_data);

/**
 * Lets a host use a proxy. POST /http-proxies/{name}/hosts/{host_id}.
 *
 * @param client the client
 * @param name the proxy's
 * @param host_id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the attachment; or BOXD_ERR_NOT_FOUND (no such
 *   proxy or host), BOXD_ERR_CONFLICT (the host has no machine)
 */
BOXD_API void drukbox_aio_http_proxy_attach(drukbox_client *client, const char *name, const char *host_id,
                                            const boxd_call_options *call,
                                            drukbox_http_proxy_attachment_cb callback, void *user_data);

/**
 * Ends that. DELETE /http-proxies/{name}/hosts/{host_id}.
 *
 * @param client the client
 * @param name the proxy's
 * @param host_id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch; or BOXD_ERR_NOT_FOUND
 */
BOXD_API void drukbox_aio_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                            const boxd_call_options *call, boxd_done_cb callback,
                                            void *user_data);

BOXD_END_DECLS

#endif
