/* cancel_probe.c: a GetVm call of which only the fact counts that the service answers it. Called by process.c
 * on the core thread. */
#include "boxd/process/cancel_probe.h"

#include "boxd/process/status_probe.h"
#include "container_of.h"
#include "mem.h"

struct cancel_probe {
    api_call call;
    cancel_probe **place;
    cancel_probe_done done;
    void *user;
};

/* How much later than its timeout or cancel a call may end because of the probe (docs/exec.md, point 6). */
#define CANCEL_PROBE_MS 1000

/* The call is cleared at once, because the process may outlive its client, and with it gRPC. */
static void on_done(api_call *c, const boxd_error *error)
{
    cancel_probe *probe = CONTAINER_OF(c, cancel_probe, call);
    const bool confirmed = call_confirms(c);
    (void)error; /* the service has received the cancel also if it answers with an error */
    call_clear(c);
    *probe->place = NULL;
    probe->done(probe->user, confirmed);
    mem_free(probe);
}

void cancel_probe_start(cancel_probe **place, const api_call *ended, cancel_probe_done done, void *user)
{
    static const call_events events = {.done = on_done};
    cancel_probe *probe = mem_calloc(1, sizeof *probe);
    if (!probe || !status_request(&probe->call, ended->owner->box, CANCEL_PROBE_MS)) {
        mem_free(probe);
        return;
    }
    probe->place = place;
    probe->done = done;
    probe->user = user;
    *place = probe;
    if (call_start_after(&probe->call, ended, &STATUS_METHOD, &events))
        return;
    *place = NULL;
    call_clear(&probe->call);
    mem_free(probe);
}

void cancel_probe_stop(cancel_probe *probe)
{
    if (probe)
        call_stop(&probe->call);
}
