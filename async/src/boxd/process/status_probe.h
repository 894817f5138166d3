/*
 * status_probe.h: one request for the status of a box. A probe exists while it runs: most streams never have
 * one. Core thread.
 */
#ifndef BOXD_STATUS_PROBE_H
#define BOXD_STATUS_PROBE_H

#include "boxd/client/call.h"

typedef struct status_probe status_probe;

/* `status` is that of the box; "": unknown. */
typedef void (*status_probe_done)(void *user, const char *status);

/* The RPC of a probe, and its request, which is set in the call `c` with its deadline: also for
 * cancel_probe.h. False: out of memory. */
extern const method STATUS_METHOD;
bool status_request(api_call *c, const boxd_box *box, int64_t timeout_ms);

/* Requests the status of the box of `owner`, on behalf of `owner`. Sets *place until the probe ends, just
 * before done() is called, once. False: out of memory. */
bool status_probe_start(status_probe **place, request *owner, status_probe_done done, void *user);

/* Ends the probe soon: done() follows. NULL is allowed. */
void status_probe_stop(status_probe *probe);

#endif
