/* status_probe.c: a GetVm call that reads only the status. Called by process.c on the core thread. */
#include "boxd/process/status_probe.h"

#include "boxd/client/box.h"
#include "container_of.h"
#include "core/clock.h"
#include "grpc/wire.h"
#include "mem.h"

#define PROBE_TIMEOUT_MS 10000

struct status_probe {
    api_call call;
    status_probe **place;
    status_probe_done done;
    void *user;
};

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
    const char *missing = error && error->status == BOXD_ERR_NOT_FOUND ? "destroyed" : "";
    call_clear(c);
    *probe->place = NULL;
    probe->done(probe->user, reply ? ((const BoxdPb__GetVmResponse *)(const void *)reply)->status : missing);
    wire_free(reply);
    mem_free(probe);
}

bool status_probe_start(status_probe **place, request *owner, status_probe_done done, void *user)
{
    static const call_events events = {.done = on_done};
    status_probe *probe = mem_calloc(1, sizeof *probe);
    if (!probe || !status_request(&probe->call, owner->box, PROBE_TIMEOUT_MS)) {
        mem_free(probe);
        return false;
    }
    probe->place = place;
    probe->done = done;
    probe->user = user;
    *place = probe;
    call_start_unary(&probe->call, owner, &STATUS_METHOD, &events);
    return true;
}

void status_probe_stop(status_probe *probe)
{
    if (probe)
        call_stop(&probe->call);
}
