/*
 * rpc.h: one gRPC call on the core thread's completion queue, unary or streaming. Knows bytes, not messages.
 *
 * All functions and all events: loop thread.
 */
#ifndef BOXD_RPC_H
#define BOXD_RPC_H

#include "grpc/cq.h"

#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>

typedef struct rpc rpc;

typedef struct rpc_events {
    /* Streams: one for each rpc_read(). The callee owns `message`; NULL: no more will come. */
    void (*on_message)(rpc *r, grpc_byte_buffer *message);
    /* Streams: one for each rpc_write() and rpc_half_close(). ok false: the call is ending, on_done tells
     * why. */
    void (*on_written)(rpc *r, bool ok);
    /* Once: the status has arrived and no batch is pending; of a stream after its last message was read, or
     * after rpc_cancel(). r->status, r->details, and for unary calls r->reply. */
    void (*on_done)(rpc *r);
} rpc_events;

struct rpc {
    const rpc_events *events;
    grpc_call *call;
    cq_tag started, status_received, message_received, written;
    unsigned pending; /* batches under way */
    bool stream, status_asked, status_known, cancelled;
    bool answered; /* the server sent something: it has the request. Empty initial metadata are no sign of
                    * that, since gRPC gives such for a bare status, too, and may do so before the status is
                    * known */
    bool received; /* a message of a stream came: the call cannot be begun anew */
    grpc_status_code status;
    grpc_slice details;
    grpc_byte_buffer *reply;   /* unary: the answer */
    grpc_byte_buffer *sending; /* until its batch is back */
    grpc_metadata_array initial, trailing;
    uint64_t sent_bytes, received_bytes; /* of messages */
};

typedef struct rpc_target {
    grpc_completion_queue *queue;
    grpc_channel *channel;
    grpc_slice method;
    grpc_metadata *metadata; /* borrowed until the start returns */
    size_t metadata_count;
    int64_t deadline_ns;
} rpc_target;

/* Starts a unary call; of `request` a reference is taken. */
void rpc_start_unary(rpc *r, const rpc_events *events, const rpc_target *target, grpc_slice request);

/* Starts a call of which messages are written and read one by one. */
void rpc_start_stream(rpc *r, const rpc_events *events, const rpc_target *target);

/* Asks for the next message; one at a time. */
void rpc_read(rpc *r);

/* Sends a message, of which a reference is taken; one at a time. `last` half-closes the call with it. */
void rpc_write(rpc *r, grpc_slice message, bool last);

/* Says that no message follows. Not while a write is under way. */
void rpc_half_close(rpc *r);

/* Ends the call: on_done follows. Harmless when it is ending. */
void rpc_cancel(rpc *r);

/* Frees what the call holds, after on_done; a zeroed rpc is left alone. */
void rpc_clear(rpc *r);

/* Whether the request of an ended call reached the server. */
boxd_sent rpc_sent(const rpc *r);

#endif
