/* status_probe.c: a GetVm call that reads only the status. Called by process.c on the core thread. */
#include "boxd/process/status_probe.h"

#include "boxd/client/box.h"
#include "container_of.h"
#include "core/clock.h"
#include "grpc/wire.h"

#define PROBE_TIMEOUT_MS 10000

const method STATUS_METHOD = {.name = "GetVm", .path = METHOD_PATH("GetVm"), .read = true};

bool status_request(api_call *c, const boxd_box *box, int64_t timeout_ms)
{
    const wire_field vm_id = {1, boxd_box_id(box)};
    grpc_slice message;
    if (!wire_extend(grpc_empty_slice(), &vm_id, 1, &message))
        return false;
    call_set_message(c, message);
    c->deadline_ns = clock_after_ms(timeout_ms);
    return true;
}

/* The call is cleared at once, because the process may outlive its client, and with it gRPC. NOT_FOUND means
 * that the box is destroyed; any other failure says nothing about the box. */
static void on_done(api_call *c, const boxd_error *error)
{
    status_probe *probe = CONTAINER_OF(c, status_probe, call);
    boxd_error unread = BOXD_ERROR_INIT;
    ProtobufCMessage *reply = error ? NULL
                                    : wire_unpack(&boxd_pb__get_vm_response__descriptor, c->rpc.reply,
                                                  c->owner->compute->config.max_response_bytes, &unread);
    call_clear(c);
    if (reply)
        probe->done(probe, ((const BoxdPb__GetVmResponse *)(const void *)reply)->status);
    else
        probe->done(probe, error && error->status == BOXD_ERR_NOT_FOUND ? "destroyed" : "");
    wire_free(reply);
}

bool status_probe_start(status_probe *probe, request *owner,
                        void (*done)(status_probe *probe, const char *status))
{
    static const call_events events = {.done = on_done};
    if (!status_request(&probe->call, owner->box, PROBE_TIMEOUT_MS))
        return false;
    probe->done = done;
    call_start_unary(&probe->call, owner, &STATUS_METHOD, &events);
    return true;
}

void status_probe_stop(status_probe *probe)
{
    call_stop(&probe->call);
}
