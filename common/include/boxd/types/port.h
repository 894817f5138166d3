/**
 * @file boxd/types/port.h
 * Ports of boxes that are reachable from outside.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_PORT_H
#define BOXD_TYPES_PORT_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A forward from a public port to a port of a box. A string is NULL if the service did not send it. */
typedef struct boxd_port {
    /** The id of the box. */
    const char *box_id;
    /** The name of the box. */
    const char *box_name;
    /** The host name to connect to. */
    const char *host;
    /** "tcp", "udp" or "both". */
    const char *protocol;
    /** The port to connect to. */
    uint32_t public_port;
    /** The port in the box. */
    uint32_t box_port;
} boxd_port;

/** Frees the record. NULL is allowed. */
BOXD_API void boxd_port_free(boxd_port *port);

/** Forwards in the order of the service; freed with boxd_ports_free(). */
typedef struct boxd_ports {
    /** The number of items. */
    size_t count;
    /** The ports. They belong to the list. */
    const boxd_port *const *items;
} boxd_ports;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_ports_free(boxd_ports *ports);

BOXD_END_DECLS

#endif
