/*
 * call.h: one RPC of an operation: with a token, a deadline, another token when the server rejects the first,
 * and repeats of reads.
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
    /* Streams: an attempt has begun; the owner sends from the start. */
    void (*opened)(api_call *c);
    /* rpc_events.on_message of the call's `rpc`. */
    void (*message)(rpc *r, grpc_byte_buffer *message);
    /* rpc_events.on_written of the call's `rpc`. */
    void (*written)(rpc *r, bool ok);
    /* Once, at the end of the call. `error` NULL: success, and c->rpc.reply holds a unary call's reply. */
    void (*done)(api_call *c, const boxd_error *error);
} call_events;

struct api_call {
    request *owner;
    const method *method;
    const call_events *events;
    bool streaming, running, stopped;
    /* It has had its attempt with another token. */
    bool reauthenticated;
    /* This side ended it, over a connection that was up. */
    bool cancel_sent;
    /* Set by the owner of a stream that can no longer send from the start. */
    bool unrepeatable;
    /* Repeats after UNAVAILABLE. */
    unsigned attempts;
    /* Of the token that the attempt carries. */
    unsigned generation;
    /* Of its own, before the operation's; 0: none. */
    int64_t deadline_ns;
    /* A unary call's request, owned once has_message. */
    grpc_slice message;
    bool has_message;
    rpc rpc;
    /* The owner's for messages, the call's for the end. */
    rpc_events rpc_events;
    attempt attempt;
    /* Acquired for the RPC that is under way; or NULL. */
    pooled_channel *channel;
    auth_waiter waiter;
    timer backoff;
};

/* Sets the request of a unary call; the slice becomes the call's. Before call_start_unary(), any thread. */
void call_set_message(api_call *c, grpc_slice message);

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events);
void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events);

/* Ends the call: done() follows, with the owner's stop_error if the owner is being stopped. No effect on a
 * call that is over or was not started. */
void call_stop(api_call *c);

/* Frees what the call holds, when it is over or was not started. */
void call_clear(api_call *c);

#endif
