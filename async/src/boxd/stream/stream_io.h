/*
 * stream_io.h: the messages of one streaming RPC: sent in their order, and received one for each read,
 * which is the flow control.
 *
 * An RPC whose token is refused before a message arrived is reopened with a new token, and everything is
 * sent again: by the queue, which keeps written messages for as long as that can happen, or by the owner.
 *
 * Core thread, except stream_io_init() and stream_io_clear().
 */
#ifndef BOXD_STREAM_IO_H
#define BOXD_STREAM_IO_H

#include "boxd/client/call.h"
#include "boxd/stream/rpc_queue.h"

typedef struct stream_io stream_io;

typedef struct stream_events {
    /* The RPC is open, or open again. Queued messages are being sent; an owner that sends again starts now.
     */
    void (*opened)(stream_io *io);
    /* The callee owns `message`. */
    void (*message)(stream_io *io, grpc_byte_buffer *message);
    /* `o` was sent. NULL: a write failed, and the RPC accepts no more messages; its end follows the last
     * message. */
    void (*written)(stream_io *io, const outgoing *o);
    /* The RPC is over, with an error or NULL. Once, and the last event. */
    void (*ended)(stream_io *io, const boxd_error *error);
} stream_events;

struct stream_io {
    api_call call;
    const stream_events *events;
    rpc_queue queue;
    /* The RPC was open at least once. */
    bool opened;
    /* A message is requested; no further message will come. */
    bool reading, read_all;
    /* The RPC is over. */
    bool ended;
};

void stream_io_init(stream_io *io, queue_resend resent_by);

/* Opens the RPC on behalf of `owner`. What was queued before is sent first. */
void stream_io_start(stream_io *io, request *owner, const method *m, const stream_events *events);

/* Whether messages can be asked for and sent. */
static inline bool stream_io_is_open(const stream_io *io)
{
    return io->call.running && io->call.rpc.call;
}

/* Requests one message, unless one is requested or none can come. */
void stream_io_read(stream_io *io);

/* Queues `o`, and becomes its owner. */
void stream_io_send(stream_io *io, outgoing *o);

/* Ends the RPC soon; ended() follows, unless it is over or never began. */
void stream_io_stop(stream_io *io);

/* Frees the gRPC objects and the queue. The RPC is over or never began. Any thread. */
void stream_io_clear(stream_io *io);

#endif
