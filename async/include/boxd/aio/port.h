/**
 * @file aio/port.h
 * Ports of boxes that can be reached from outside, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_PORT_H
#define BOXD_AIO_PORT_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/port.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a forward. @param port owned by the callback; NULL on failure */
typedef void (*boxd_port_cb)(boxd_port *port, const boxd_error *error, void *user_data);

/** Ends a call that returns forwards. @param ports owned by the callback; NULL on failure */
typedef void (*boxd_ports_cb)(boxd_ports *ports, const boxd_error *error, void *user_data);

/**
 * Opens a public port that leads to one of the box. RPC: ExposePort (today's service).
 *
 * @param port of the box, 1 to 65535; nothing need listen there yet
 * @param protocol "tcp", "udp" or "both"; NULL: "tcp"
 * @param call or NULL
 * @param callback gets where it can be reached, or: BOXD_ERR_ALREADY_EXISTS (it is exposed), BOXD_ERR_QUOTA
 *   (too many of the box are), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND (the box), BOXD_ERR_UNSUPPORTED.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_port_expose(boxd_box *box, uint32_t port, const char *protocol,
                                   const boxd_call_options *call, boxd_port_cb callback, void *user_data);

/**
 * Closes the public port that leads to one of the box. RPC: UnexposePort (today's service).
 *
 * @param port of the box
 * @param call or NULL
 * @param callback gets the forward that was removed, or: BOXD_ERR_NOT_FOUND (it is not exposed, or the box
 *   is gone), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNSUPPORTED. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call,
                                     boxd_port_cb callback, void *user_data);

/**
 * Lists forwards. RPC: ListExposedPorts (today's service).
 *
 * @param box whose; NULL: those of all boxes
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: BOXD_ERR_NOT_FOUND (the box), BOXD_ERR_UNSUPPORTED.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                                 boxd_ports_cb callback, void *user_data);

BOXD_END_DECLS

#endif
