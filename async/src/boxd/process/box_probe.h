/*
 * box_probe.h: one request for the status of a box. Its answer says whether the box lives. If the request
 * follows a call on the same connection, the answer also says that the service has received the cancel of
 * that call. A probe exists while it runs: most streams never have one. Core thread.
 */
#ifndef BOXD_BOX_PROBE_H
#define BOXD_BOX_PROBE_H

#include "boxd/client/call.h"

typedef struct box_probe box_probe;

typedef struct probe_answer {
    /* The status of the box, borrowed; "": unknown. */
    const char *status;
    /* The service has answered on the connection of the call before. */
    bool confirms;
} probe_answer;

typedef void (*box_probe_done)(void *user, const probe_answer *answer);

/* Requests the status of the box of `owner`, on behalf of `owner`. Sets *place until the probe ends, just
 * before done() is called, once. False: out of memory. */
bool box_probe_start(box_probe **place, request *owner, box_probe_done done, void *user);

/* The same after the call `ended`, on its connection, inside the done() of that call. False: out of memory,
 * or the connection of the call is not up. */
bool box_probe_start_after(box_probe **place, const api_call *ended, box_probe_done done, void *user);

/* Ends the probe soon: done() follows. NULL is allowed. */
void box_probe_stop(box_probe *probe);

#endif
