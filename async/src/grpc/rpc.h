/*
 * rpc.h: one gRPC call on the core thread's completion queue, unary or streaming. It transports bytes and
 * knows no message types.
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
    /* Streams: once for each rpc_read(). The callee owns `message`; NULL: the last message was read. */
    void (*on_message)(rpc *r, grpc_byte_buffer *message);
    /* Streams: once for each rpc_write() and rpc_half_close(). ok false: the call is ending, and on_done says
     * why. */
    void (*on_written)(rpc *r, bool ok);
    /* Once: the status has arrived and no batch is pending; for a stream, after its last message was read or
     * after rpc_cancel(). Sets r->status, r->details, and for unary calls r->reply. */
    void (*on_done)(rpc *r);
} rpc_events;

struct rpc {
    const rpc_events *events;
    grpc_call *call;
    /* For a unary call metadata_received is the whole response. */
    cq_tag started, metadata_received, message_received, status_received, written;
    /* Batches in progress. */
    unsigned pending;
    bool stream, status_requested, status_known, cancelled;
    int64_t deadline_ns;

    /* The evidence for rpc_find_origin() and rpc_sent(). */
    /* gRPC has passed the first batch to the connection: the initial metadata, and of a unary call the whole
     * request. */
    bool started_ok;
    /* A stream: gRPC has passed a whole message to the connection; a message could not be passed. */
    bool message_sent, message_failed;
    /* The server has sent something, so it has the request. Empty initial metadata does not prove that: gRPC
     * reports it for a status without a response too, maybe before the status is known. */
    bool answered;
    /* A message was received: the call cannot be started again. */
    bool received;
    /* See rpc_target. */
    uint64_t *channel_received;
    /* Unary: a second message is being looked for; the server sent one. */
    bool checks_end, extra_message;
    /* gRPC refused a batch. */
    bool refused;
    /* gRPC found the status in the trailing metadata, where it also puts most of its own statuses. */
    bool in_trailers;
    /* The deadline had passed when the status came. */
    bool late;
    /* The times of a stream, as the core thread has seen its events: its start; its first message was passed
     * to the connection; the headers of the response came, which may be with the status; the status came. */
    int64_t started_ns, message_sent_ns, headers_ns, status_ns;

    grpc_status_code status;
    grpc_slice details;
    /* Until the status is known. */
    const char *error_string;
    /* Unary: the response, from its arrival on. */
    grpc_byte_buffer *reply;
    /* The message that is being received. */
    grpc_byte_buffer *incoming;
    /* Until its batch has ended. */
    grpc_byte_buffer *sending;
    grpc_metadata_array initial, trailing;
    /* Bytes of messages that were sent and received. */
    uint64_t sent_bytes, received_bytes;
};

typedef struct rpc_target {
    grpc_completion_queue *queue;
    grpc_channel *channel;
    grpc_slice method, authority;
    /* Borrowed until the start returns. */
    grpc_metadata *metadata;
    size_t metadata_count;
    int64_t deadline_ns;
    /* Incremented for everything that is received, until rpc_clear(); or NULL. */
    uint64_t *channel_received;
} rpc_target;

/* Starts a unary call. Takes a reference on `request`. */
void rpc_start_unary(rpc *r, const rpc_events *events, const rpc_target *target, grpc_slice request);

/* For a unary call some time after its start: if the message of the response has arrived without the end of
 * the response, looks for a second message, and ends the call if there is one. Without this, such a call ends
 * only at its deadline. */
void rpc_check_end(rpc *r);

/* Starts a streaming call. */
void rpc_start_stream(rpc *r, const rpc_events *events, const rpc_target *target);

/* Requests the next message; one request at a time. */
void rpc_read(rpc *r);

/* Sends a message and takes a reference on it; one at a time. `last`: half-closes the call too. */
void rpc_write(rpc *r, grpc_slice message, bool last);

/* Half-closes the call. Not while a write is under way. */
void rpc_half_close(rpc *r);

/* Cancels the call: on_done follows. Does nothing when the call is ending. */
void rpc_cancel(rpc *r);

/* The deadline of the call has passed: ends it in DEADLINE_EXCEEDED. gRPC sends the deadline to the server,
 * but does not check it. For a unary call. */
void rpc_expire(rpc *r);

/* Frees the call, after on_done. Does nothing with a zeroed rpc. */
void rpc_clear(rpc *r);

/* The connection of a call: two calls with the same one were sent on one connection, in their order. NULL:
 * not known, or none. Released with rpc_connection_release(); NULL is allowed. Before rpc_clear(). */
typedef struct grpc_auth_context rpc_connection;
rpc_connection *rpc_find_connection(const rpc *r);
void rpc_connection_release(rpc_connection *connection);

/* Writes the address of the server, as a URI; "": there was no connection. Before rpc_clear(). */
void rpc_peer(const rpc *r, char *peer, size_t size);

/* Finds the next value of the initial metadata `name`, from *index on, and moves *index behind it. Values
 * that have a NUL or do not fit are left out. False: there is no other one. */
bool rpc_next_metadata(const rpc *r, const char *name, size_t *index, char *value, size_t size);

/* A slice of `text`, which it takes, and which it zeroes when it is freed. Any thread. */
grpc_slice rpc_secret_slice(char *text);

#endif
