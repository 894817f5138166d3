/*
 * status_probe.h: one request for the status of a box. Core thread.
 */
#ifndef BOXD_STATUS_PROBE_H
#define BOXD_STATUS_PROBE_H

#include "boxd/client/call.h"

typedef struct status_probe status_probe;

struct status_probe {
    api_call call;
    /* Called once for each start. `status` is that of the box; "": unknown. */
    void (*done)(status_probe *probe, const char *status);
};

/* The RPC of a probe, and its request, which is set in the call `c` with its deadline: also for
 * cancel_probe.h. False: out of memory. */
extern const method STATUS_METHOD;
bool status_request(api_call *c, const boxd_box *box, int64_t timeout_ms);

/* Requests the status of the box of `owner`, on behalf of `owner`. False: out of memory. */
bool status_probe_start(status_probe *probe, request *owner,
                        void (*done)(status_probe *probe, const char *status));

/* Ends the probe soon: done() follows if the probe is running. */
void status_probe_stop(status_probe *probe);

static inline bool status_probe_running(const status_probe *probe)
{
    return probe->call.running;
}

#endif
