/*
 * bridge.h: from a client's hooks to spans.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <boxd/observe.h>

/* Hooks under which each attempt of a call becomes a span, a child of the one in the call's hook_data; the
 * service gets its traceparent. */
extern const boxd_hooks bridge_hooks;

#endif
