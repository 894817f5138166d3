/**
 * @file boxd/types/proxy.h
 * Proxies: public domains that lead to a port of a box.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_PROXY_H
#define BOXD_TYPES_PROXY_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A public domain that leads to a port of a box. Every box has a default proxy, which has no name; further
 * proxies have names. A string is NULL if the response does not have it. The response to boxd_proxy_create()
 * has only name, box_name, domain and port. */
typedef struct boxd_proxy {
    /** NULL: the default proxy. */
    const char *name;
    /** Service 0.2. */
    const char *box_id;
    /** The name of the box. */
    const char *box_name;
    /** The host name, without a scheme. */
    const char *domain;
    /** Service 0.2: "locked", or "auto" if the service looks for the port. */
    const char *port_mode;
    /** The port as text for people. */
    const char *port_display;
    /** The current port. 0: no port was found yet. */
    uint32_t port;
    /** Whether it is the default proxy of the box. */
    bool is_default;
} boxd_proxy;

/** Frees the record. NULL is allowed. */
BOXD_API void boxd_proxy_free(boxd_proxy *proxy);

/** Proxies in the order of the service; freed with boxd_proxies_free(). */
typedef struct boxd_proxies {
    /** The number of items. */
    size_t count;
    /** The proxies. They belong to the list. */
    const boxd_proxy *const *items;
} boxd_proxies;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_proxies_free(boxd_proxies *proxies);

BOXD_END_DECLS

#endif
