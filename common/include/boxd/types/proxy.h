/**
 * @file types/proxy.h
 * Proxies: the routes by which the web reaches ports of a box.
 */
#ifndef BOXD_TYPES_PROXY_H
#define BOXD_TYPES_PROXY_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/**
 * A route from a domain to a port of a box. Every box has a default one; others have names. Strings are NULL
 * where the answer did not carry them: boxd_proxy_create() tells name, box_name, domain and port alone.
 */
typedef struct boxd_proxy {
    const char *name;         /**< NULL: the default one */
    const char *box_id;       /**< today's service */
    const char *box_name;     /**< of the box it leads to */
    const char *domain;       /**< what the web calls it, without scheme */
    const char *port_mode;    /**< "locked", or "auto": the service looks for it; today's service */
    const char *port_display; /**< the port in words */
    uint32_t port;            /**< it leads to now; 0: none was found yet */
    bool is_default;
} boxd_proxy;

/** Frees a proxy's record. NULL is allowed. */
BOXD_API void boxd_proxy_free(boxd_proxy *proxy);

/** Proxies, in the service's order; freed with boxd_proxies_free(). */
typedef struct boxd_proxies {
    size_t count;
    const boxd_proxy *const *items;
} boxd_proxies;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_proxies_free(boxd_proxies *proxies);

BOXD_END_DECLS

#endif
