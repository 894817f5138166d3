/*
 * cancel_probe.h: shows that the service has received the cancel of a call: a request that follows on the
 * same connection, which the service answers. A probe exists while it runs. Core thread.
 */
#ifndef BOXD_CANCEL_PROBE_H
#define BOXD_CANCEL_PROBE_H

#include "boxd/client/call.h"

typedef struct cancel_probe cancel_probe;

typedef void (*cancel_probe_done)(void *user, bool confirmed);

/* Requests the status of the box of the call `ended`, inside the done() of that call. Sets *place until the
 * probe ends, just before done() is called, once. No effect if the connection of the call is not up, or
 * without memory. */
void cancel_probe_start(cancel_probe **place, const api_call *ended, cancel_probe_done done, void *user);

/* Ends the probe soon: done() follows. NULL is allowed. */
void cancel_probe_stop(cancel_probe *probe);

#endif
