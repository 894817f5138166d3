/**
 * @file types/http_proxy.h
 * HTTP proxies: a way for hosts to a web service, which adds headers that the hosts do not see.
 */
#ifndef DRUKBOX_TYPES_HTTP_PROXY_H
#define DRUKBOX_TYPES_HTTP_PROXY_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A proxy that was made. */
typedef struct drukbox_http_proxy {
    const char *name;
    const char *status; /**< "created" */
} drukbox_http_proxy;

/** A proxy and a host that may use it. */
typedef struct drukbox_http_proxy_attachment {
    const char *name;
    const char *host_id;
    const char *status; /**< "attached" */
} drukbox_http_proxy_attachment;

/** Frees it. NULL is allowed. */
BOXD_API void drukbox_http_proxy_free(drukbox_http_proxy *proxy);

/** Frees it. NULL is allowed. */
BOXD_API void drukbox_http_proxy_attachment_free(drukbox_http_proxy_attachment *attachment);

BOXD_END_DECLS

#endif
