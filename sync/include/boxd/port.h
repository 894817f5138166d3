/**
 * @file port.h
 * Ports of boxes that can be reached from outside, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_PORT_H
#define BOXD_PORT_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/port.h>

BOXD_BEGIN_DECLS

/**
 * Opens a public port that leads to one of the box. RPC: ExposePort (today's service).
 *
 * @param port of the box, 1 to 65535; nothing need listen there yet
 * @param protocol "tcp", "udp" or "both"; NULL: "tcp"
 * @param call or NULL
 * @param error or NULL
 * @return where it can be reached, owned by the caller (boxd_port_free()); NULL: BOXD_ERR_ALREADY_EXISTS
 *   (it is exposed), BOXD_ERR_QUOTA (too many of the box are), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 *   (the box), BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_port *boxd_port_expose(boxd_box *box, uint32_t port, const char *protocol,
                                     const boxd_call_options *call, boxd_error *error);

/**
 * Closes the public port that leads to one of the box. RPC: UnexposePort (today's service).
 *
 * @param port of the box
 * @param call or NULL
 * @param error or NULL
 * @return the forward that was removed, owned by the caller (boxd_port_free()); NULL: BOXD_ERR_NOT_FOUND
 *   (it is not exposed, or the box is gone), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_port *boxd_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call,
                                       boxd_error *error);

/**
 * Lists forwards. RPC: ListExposedPorts (today's service).
 *
 * @param box whose; NULL: those of all boxes
 * @param call or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_ports_free()); NULL: BOXD_ERR_NOT_FOUND (the
 *   box), BOXD_ERR_UNSUPPORTED
 */
BOXD_API boxd_ports *boxd_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                                    boxd_error *error);

BOXD_END_DECLS

#endif
