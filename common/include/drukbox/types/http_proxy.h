/**
 * @file drukbox/types/http_proxy.h
 * HTTP proxies: hosts reach a web service through a proxy, which adds headers that the hosts do not see.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_HTTP_PROXY_H
#define DRUKBOX_TYPES_HTTP_PROXY_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A proxy that was created. */
typedef struct drukbox_http_proxy {
    /** The name of the proxy. */
    const char *name;
    /** "created". */
    const char *status;
} drukbox_http_proxy;

/** A proxy and a host that may use it. */
typedef struct drukbox_http_proxy_attachment {
    /** The name of the proxy. */
    const char *name;
    /** The id of the host. */
    const char *host_id;
    /** "attached". */
    const char *status;
} drukbox_http_proxy_attachment;

/** Frees a proxy's record. NULL is allowed. */
BOXD_API void drukbox_http_proxy_free(drukbox_http_proxy *proxy);

/** Frees an attachment's record. NULL is allowed. */
BOXD_API void drukbox_http_proxy_attachment_free(drukbox_http_proxy_attachment *attachment);

BOXD_END_DECLS

#endif
