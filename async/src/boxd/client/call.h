/*
 * call.h: one RPC of an operation: with a token, a deadline, a new token if the server rejects the first
 * one, and retries of reads.
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
    /* Streams: an attempt has begun; the owner sends its messages from the first one on. */
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
    /* The call has had its attempt with a new token. */
    bool reauthenticated;
    /* The call ended before it was sent: its connection was up, but no stream of it was free. */
    bool waited_for_stream;
    /* Set by the owner of a stream that can no longer send its messages from the first one on. */
    bool unrepeatable;
    /* Retries after BOXD_ERR_CONNECTION, and whether one of the attempts before them was sent:
     * BOXD_SENT_YES if one was answered. */
    unsigned attempts;
    boxd_sent sent_before;
    /* The generation of the token that the attempt carries. */
    unsigned generation;
    /* A deadline of the call, earlier than that of the operation; 0: none. Unary calls only. */
    int64_t deadline_ns;
    /* Set while an RPC with that deadline is in progress: the operation has its own timer. */
    timer deadline;
    /* The request of a unary call; owned if has_message. */
    grpc_slice message;
    bool has_message;
    rpc rpc;
    /* on_message and on_written are the owner's, on_done is the call's. */
    rpc_events rpc_events;
    attempt attempt;
    /* Acquired for the RPC in progress; or NULL. And its state when the RPC began. */
    pooled_channel *channel;
    channel_mark mark;
    /* Inside done(), after a stop or a timeout: the channel of the RPC that has ended; or NULL. */
    pooled_channel *ended_on;
    /* A unary call in progress: in the client's unary_calls. */
    list_node node;
    /* For call_start_after(): the connection of the call that ended before. */
    rpc_connection *after;
    auth_waiter waiter;
    timer backoff;
};

/* Sets the request of a unary call and takes ownership of the slice. Before call_start_unary(), any thread.
 */
void call_set_message(api_call *c, grpc_slice message);

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events);
void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events);

/* Starts a unary call after `ended`, inside the done() of `ended`, which was stopped or timed out. The call
 * has one attempt, on the connection of `ended` if that is up, and its deadline is `deadline_ns`, also while
 * the owner is being stopped. False: the connection is not up, and nothing was started. */
bool call_start_after(api_call *c, const api_call *ended, const method *m, const call_events *events);

/* Inside the done() of such a call: whether the service has answered it on the connection of `ended`. What
 * was sent on a connection arrives in order: so the service has received the end of `ended`. False inside the
 * done() of another call. */
bool call_confirms(const api_call *c);

/* Whether the service itself has sent the status of the RPC, which has ended. */
bool call_was_answered(const api_call *c);

/* Appends the reason to the error of a call that waited for a free stream. */
void call_describe_wait(const api_call *c, boxd_error *error);

/* Ends the call: done() follows, with the owner's stop reason if the owner is being stopped. No effect on a
 * call that is over or was not started. */
void call_stop(api_call *c);

/* Frees the members of a call that is over or was not started. */
void call_clear(api_call *c);

#endif
