/*
 * status_probe.h: one question for a box's status. Core thread.
 */
#ifndef BOXD_STATUS_PROBE_H
#define BOXD_STATUS_PROBE_H

#include "boxd/client/call.h"

typedef struct status_probe status_probe;

struct status_probe {
    api_call call;
    /* Runs once for each start. `status` is the box's; "": it could not be found out. */
    void (*done)(status_probe *probe, const char *status);
};

/* Asks for the status of the box of `owner`, on behalf of `owner`. False: out of memory. */
bool status_probe_start(status_probe *probe, request *owner,
                        void (*done)(status_probe *probe, const char *status));

/* Ends it soon: done() follows if it runs. */
void status_probe_stop(status_probe *probe);

static inline bool status_probe_running(const status_probe *probe)
{
    return probe->call.running;
}

#endif
