/**
 * @file boxd/aio/port.h
 * The async twins of boxd/port.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_PORT_H
#define BOXD_AIO_PORT_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/port.h>

BOXD_BEGIN_DECLS

/** Receives a port forward. The callback owns it: boxd_port_free(). */
typedef void (*boxd_port_cb)(boxd_port *port, const boxd_error *error, void *user_data);

/** Receives a list of port forwards. The callback owns it: boxd_ports_free(). */
typedef void (*boxd_ports_cb)(boxd_ports *ports, const boxd_error *error, void *user_data);

/** Async twin of boxd_port_expose(). @copydoc boxd_port_expose */
BOXD_API void boxd_aio_port_expose(boxd_box *box, uint32_t port, const char *protocol,
                                   const boxd_call_options *call, boxd_port_cb callback, void *user_data);

/** Async twin of boxd_port_unexpose(). @copydoc boxd_port_unexpose */
BOXD_API void boxd_aio_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call,
                                     boxd_port_cb callback, void *user_data);

/** Async twin of boxd_port_list(). @copydoc boxd_port_list */
BOXD_API void boxd_aio_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                                 boxd_ports_cb callback, void *user_data);

BOXD_END_DECLS

#endif
