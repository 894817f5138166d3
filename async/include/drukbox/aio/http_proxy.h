/**
 * @file drukbox/aio/http_proxy.h
 * The async twins of drukbox/http_proxy.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_HTTP_PROXY_H
#define DRUKBOX_AIO_HTTP_PROXY_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/http_proxy.h>

BOXD_BEGIN_DECLS

/** Receives a proxy. The callback owns it: drukbox_http_proxy_free(). */
typedef void (*drukbox_http_proxy_cb)(drukbox_http_proxy *proxy, const boxd_error *error, void *user_data);

/** Receives an attachment. The callback owns it: drukbox_http_proxy_attachment_free(). */
typedef void (*drukbox_http_proxy_attachment_cb)(drukbox_http_proxy_attachment *attachment,
                                                 const boxd_error *error, void *user_data);

/** Async twin of drukbox_http_proxy_create(). @copydoc drukbox_http_proxy_create */
BOXD_API void drukbox_aio_http_proxy_create(drukbox_client *client, const char *name, const char *target,
                                            const char *const *headers, const boxd_call_options *call,
                                            drukbox_http_proxy_cb callback, void *user_data);

/** Async twin of drukbox_http_proxy_delete(). @copydoc drukbox_http_proxy_delete */
BOXD_API void drukbox_aio_http_proxy_delete(drukbox_client *client, const char *name,
                                            const boxd_call_options *call, boxd_done_cb callback,
                                            void *user_data);

/** Async twin of drukbox_http_proxy_attach(). @copydoc drukbox_http_proxy_attach */
BOXD_API void drukbox_aio_http_proxy_attach(drukbox_client *client, const char *name, const char *host_id,
                                            const boxd_call_options *call,
                                            drukbox_http_proxy_attachment_cb callback, void *user_data);

/** Async twin of drukbox_http_proxy_detach(). @copydoc drukbox_http_proxy_detach */
BOXD_API void drukbox_aio_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                            const boxd_call_options *call, boxd_done_cb callback,
                                            void *user_data);

BOXD_END_DECLS

#endif
