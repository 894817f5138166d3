/*
 * port.c: the blocking functions for port forwards. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/port.h>
#include <boxd/port.h>

WAITER_CALLBACK(on_port, boxd_port)
WAITER_CALLBACK(on_ports, boxd_ports)

boxd_port *boxd_port_expose(boxd_box *box, uint32_t port, const char *protocol, const boxd_call_options *call,
                            boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_port_expose(box, port, protocol, call, on_port, &w));
}

boxd_port *boxd_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_port_unexpose(box, port, call, on_port, &w));
}

boxd_ports *boxd_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                           boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_port_list(compute, box, call, on_ports, &w));
}
