/* box_probe.c: a GetVm call that reads only the status. Called by process.c on the core thread. */
#include "boxd/process/box_probe.h"

#include "boxd/client/box.h"
#include "container_of.h"
#include "core/clock.h"
#include "grpc/wire.h"
#include "mem.h"

#define STATUS_TIMEOUT_MS 10000

/* How much later than its timeout or cancel a call may end because of the probe (docs/exec.md, point 6). */
#define CANCEL_TIMEOUT_MS 1000

struct box_probe {
    api_call call;
    box_probe **place;
    box_probe_done done;
    void *user;
};

static const method GET_VM = {.name = "GetVm", .path = METHOD_PATH("GetVm"), .read = true};

/* The call is cleared at once, because the process may outlive its client, and with it gRPC. NOT_FOUND means
 * that the box is destroyed; any other failure says nothing about the box. The service has received a cancel
 * also if it answers with an error. */
static void on_done(api_call *c, const boxd_error *error)
{
    box_probe *probe = CONTAINER_OF(c, box_probe, call);
    boxd_error unread = BOXD_ERROR_INIT;
    ProtobufCMessage *reply = error ? NULL
                                    : wire_unpack(&boxd_pb__get_vm_response__descriptor, c->rpc.reply,
                                                  c->owner->compute->config.max_response_bytes, &unread);
    probe_answer answer = {.status = error && error->status == BOXD_ERR_NOT_FOUND ? "destroyed" : "",
                           .confirms = call_confirms(c)};
    if (reply)
        answer.status = ((const BoxdPb__GetVmResponse *)(const void *)reply)->status;
    call_clear(c);
    *probe->place = NULL;
    probe->done(probe->user, &answer);
    wire_free(reply);
    mem_free(probe);
}

static const call_events events = {.done = on_done};

/* Makes a probe of `box` in `*place`. NULL: out of memory. */
static box_probe *new_probe(box_probe **place, const boxd_box *box, int64_t timeout_ms, box_probe_done done,
                            void *user)
{
    const wire_field vm_id = {1, boxd_box_id(box)};
    grpc_slice message;
    box_probe *probe = mem_calloc(1, sizeof *probe);
    if (!probe || !wire_extend(grpc_empty_slice(), &vm_id, 1, &message)) {
        mem_free(probe);
        return NULL;
    }
    call_set_message(&probe->call, message);
    probe->call.deadline_ns = clock_after_ms(timeout_ms);
    probe->place = place;
    probe->done = done;
    probe->user = user;
    return *place = probe;
}

bool box_probe_start(box_probe **place, request *owner, box_probe_done done, void *user)
{
    box_probe *probe = new_probe(place, owner->box, STATUS_TIMEOUT_MS, done, user);
    if (probe)
        call_start_unary(&probe->call, owner, &GET_VM, &events);
    return probe != NULL;
}

bool box_probe_start_after(box_probe **place, const api_call *ended, box_probe_done done, void *user)
{
    box_probe *probe = new_probe(place, ended->owner->box, CANCEL_TIMEOUT_MS, done, user);
    if (!probe || call_start_after(&probe->call, ended, &GET_VM, &events))
        return probe != NULL;
    *place = NULL;
    call_clear(&probe->call);
    mem_free(probe);
    return false;
}

void box_probe_stop(box_probe *probe)
{
    if (probe)
        call_stop(&probe->call);
}
