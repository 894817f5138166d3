/* port.c: exposes ports of boxes to the internet. Called on any thread; replies are mapped on the core
 * thread. */
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "errors.h"
#include "names.h"

#include <boxd/aio/port.h>

#include <string.h>

RESULT_TYPE(RESULT_PORT, boxd_port_cb, record_free);
RESULT_TYPE(RESULT_PORTS, boxd_ports_cb, record_free);

void boxd_port_free(boxd_port *port)
{
    record_free(port);
}

void boxd_ports_free(boxd_ports *ports)
{
    record_free(ports);
}

static void fill_port(record *r, void *to, const void *from)
{
    boxd_port *port = to;
    const BoxdPb__ExposePortResponse *forward = from;
    port->box_id = record_text(r, forward->vm_id);
    port->box_name = record_text(r, forward->vm_name);
    port->host = record_text(r, forward->dns);
    port->protocol = record_text(r, forward->protocol);
    port->public_port = forward->public_port;
    port->box_port = forward->vm_port;
}

static void fill_removed(record *r, void *to, const void *from)
{
    const BoxdPb__UnexposePortResponse *reply = from;
    if (reply->forward)
        fill_port(r, to, reply->forward);
}

static const unary_operation EXPOSE = {OPERATION_METHOD("ExposePort", false),
                                       OPERATION_MESSAGES(expose_port),
                                       .box_id = 1,
                                       .box_vm = 4,
                                       .record_size = sizeof(boxd_port),
                                       .fill = fill_port};
static const unary_operation UNEXPOSE = {OPERATION_METHOD("UnexposePort", false),
                                         OPERATION_MESSAGES(unexpose_port),
                                         .box_id = 1,
                                         .box_vm = 3,
                                         .record_size = sizeof(boxd_port),
                                         .fill = fill_removed};
static const unary_operation LIST = {OPERATION_METHOD("ListExposedPorts", true),
                                     OPERATION_MESSAGES(list_exposed_ports),
                                     .box_vm = 1,
                                     .box_optional = true,
                                     .item_size = sizeof(boxd_port),
                                     .fill = fill_port};

static void check_protocol(const char *protocol, boxd_error *error)
{
    static const char *const protocols[] = {"tcp", "udp", "both"};
    char shown[64];
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (strcmp(protocol, protocols[i]) == 0)
            return;
    error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the protocol \"%s\" is unknown; give tcp, udp or both",
              text_printable(protocol, shown, sizeof shown));
}

void boxd_aio_port_expose(boxd_box *box, uint32_t port, const char *protocol, const boxd_call_options *call,
                          boxd_port_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__ExposePortRequest message = BOXD_PB__EXPOSE_PORT_REQUEST__INIT;
    message.vm_port = port;
    message.protocol = protocol && *protocol ? protocol : "tcp";
    if (number_check_port(port, "the port to expose", &error) == BOXD_OK)
        check_protocol(message.protocol, &error);
    unary_submit(
        &EXPOSE,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_PORT, callback, user_data)},
        NULL, &message.base);
}

void boxd_aio_port_unexpose(boxd_box *box, uint32_t port, const boxd_call_options *call,
                            boxd_port_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__UnexposePortRequest message = BOXD_PB__UNEXPOSE_PORT_REQUEST__INIT;
    message.vm_port = port;
    number_check_port(port, "the port to unexpose", &error);
    unary_submit(
        &UNEXPOSE,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_PORT, callback, user_data)},
        NULL, &message.base);
}

/* `compute` NULL is an error, also with a box. */
void boxd_aio_port_list(boxd_compute *compute, boxd_box *box, const boxd_call_options *call,
                        boxd_ports_cb callback, void *user_data)
{
    unary_submit(&LIST,
                 &(request_setup){.compute = compute,
                                  .box = compute ? box : NULL,
                                  .call = call,
                                  .sink = SINK(RESULT_PORTS, callback, user_data)},
                 NULL, NULL);
}
