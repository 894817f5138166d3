/*
 * bridge.h: turns the hooks of a client into spans.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <boxd/observe.h>

/* Each attempt of a call becomes a span: a child of the span in the call's hook_data. The service receives
 * the traceparent of the attempt. */
extern const boxd_hooks bridge_hooks;

#endif
