/*
 * call.h: one RPC as an operation needs it: with a token, a deadline, one fresh token when the server refuses
 * the old one, and repeats where repeating is harmless.
 *
 * All functions and events: core thread.
 */
#ifndef BOXD_CALL_INTERNAL_H
#define BOXD_CALL_INTERNAL_H

#include "boxd/client/auth.h"
#include "boxd/client/method.h"
#include "boxd/client/request.h"
#include "grpc/rpc.h"

typedef struct api_call api_call;

typedef struct call_events {
    /* Streams: the RPC has begun, or begun anew: send from the start. */
    void (*opened)(api_call *c);
    void (*message)(rpc *r, grpc_byte_buffer *message); /* rpc_events.on_message, of the call's rpc */
    void (*written)(rpc *r, bool ok);                   /* rpc_events.on_written */
    /* Once. NULL: success, and for unary calls c->rpc.reply is there. The call is over when it runs. */
    void (*done)(api_call *c, const boxd_error *error);
} call_events;

struct api_call {
    request *owner;
    const method *method;
    const call_events *events;
    bool streaming, running, reauthenticated, stopped;
    bool cancel_sent;  /* it ended on this side's word, which went to a connection that was up */
    bool unrepeatable; /* set by the owner of a stream who cannot send from the start any more */
    unsigned attempts, generation;
    int64_t deadline_ns; /* of its own, before the operation's; 0: none */
    grpc_slice message;  /* unary: the request, owned once has_message */
    bool has_message;
    rpc rpc;
    rpc_events rpc_events; /* the owner's for messages, the call's for the end */
    attempt attempt;
    pooled_channel *channel; /* where the RPC that is under way has its place; or NULL */
    auth_waiter waiter;
    timer backoff;
};

/* Gives the unary call its request; the slice becomes the call's. Before call_start(), any thread. */
void call_set_message(api_call *c, grpc_slice message);

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events);
void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events);

/* Ends it: done() follows, with the owner's stop_error if it is being stopped. Over already, or never begun:
 * no effect. */
void call_stop(api_call *c);

/* Frees what it holds, once it is over or never began. */
void call_clear(api_call *c);

#endif
