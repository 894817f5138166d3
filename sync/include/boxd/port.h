/**
 * @file boxd/port.h
 * Port forwards: public ports that lead to ports of boxes. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_PORT_H
#define BOXD_PORT_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/port.h>

BOXD_BEGIN_DECLS

/**
 * Exposes a port of a box: opens a public port and forwards it to the box. A port that is already exposed
 * keeps its public port, and gets the new protocol.
 *
 * @param port     port of the box, 1 to 65535; no process has to listen on it yet
 * @param protocol "tcp", "udp" or "both"; NULL: "tcp"
 *
 * @li Result: the forward, with its public address, freed with boxd_port_free()
 * @li Errors: BOXD_ERR_QUOTA (the box has too many exposed ports), BOXD_ERR_INVALID_ARGUMENT,
 *   BOXD_ERR_NOT_FOUND (the box)
 * @li RPC: ExposePort (service 0.2)
 */
BOXD_API boxd_port *boxd_port_expose(boxd_box *box, uint32_t port, const char *protocol,
                                     const boxd_call_options *call, boxd_error *error);

/**
 * Closes the public port of a port of a box.
 *
 * @param port port of the box
 *
 * @li Result: the removed forward, freed with boxd_port_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the port is not exposed, or the box does not exist),
 *   BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: UnexposePort (service 0.2)
 */
BOXD_API boxd_port *boxd_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call,
                                       boxd_error *error);

/**
 * Lists port forwards.
 *
 * @param box only forwards to this box; NULL: to all boxes
 *
 * @li Result: the list, possibly empty, freed with boxd_ports_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the box)
 * @li RPC: ListExposedPorts (service 0.2)
 */
BOXD_API boxd_ports *boxd_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                                    boxd_error *error);

BOXD_END_DECLS

#endif
