/*
 * cancel_probe.h: shows that the service has received the cancel of a call: a request that follows on the
 * same connection, which the service answers. Core thread.
 */
#ifndef BOXD_CANCEL_PROBE_H
#define BOXD_CANCEL_PROBE_H

#include "boxd/client/call.h"

typedef struct cancel_probe cancel_probe;

struct cancel_probe {
    api_call call;
    /* Called once for each start. */
    void (*done)(cancel_probe *probe, bool confirmed);
};

/* Requests the status of the box of the call `ended`, inside the done() of that call. False: the connection
 * of the call is not up, or no memory. */
bool cancel_probe_start(cancel_probe *probe, const api_call *ended,
                        void (*done)(cancel_probe *probe, bool confirmed));

/* Ends the probe soon: done() follows if the probe is running. */
void cancel_probe_stop(cancel_probe *probe);

static inline bool cancel_probe_running(const cancel_probe *probe)
{
    return probe->call.running;
}

#endif
