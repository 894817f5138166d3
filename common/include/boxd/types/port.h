/**
 * @file types/port.h
 * Ports of boxes that can be reached from outside.
 */
#ifndef BOXD_TYPES_PORT_H
#define BOXD_TYPES_PORT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A forward from a public port to one of a box. Strings are NULL where the service sent none. */
typedef struct boxd_port {
    const char *box_id;
    const char *box_name;
    const char *host;     /**< the name to connect to */
    const char *protocol; /**< "tcp", "udp" or "both" */
    uint32_t public_port; /**< the port to connect to */
    uint32_t box_port;    /**< the port in the box */
} boxd_port;

/** Frees a forward's record. NULL is allowed. */
BOXD_API void boxd_port_free(boxd_port *port);

/** Forwards, in the service's order; freed with boxd_ports_free(). */
typedef struct boxd_ports {
    size_t count;
    const boxd_port *const *items;
} boxd_ports;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_ports_free(boxd_ports *ports);

BOXD_END_DECLS

#endif
