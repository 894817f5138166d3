/*
 * stream_io.c: reads and writes of a streaming RPC. Called by streams (stream.c) and by the transfers of
 * files (boxd/files), and by the RPC's events, on the core thread.
 */
#include "boxd/stream/stream_io.h"

#include "container_of.h"

void stream_io_init(stream_io *io, queue_resend resent_by)
{
    rpc_queue_init(&io->queue, resent_by);
}

static void write_next(stream_io *io)
{
    if (stream_io_is_open(io))
        rpc_queue_write(&io->queue, &io->call.rpc);
}

void stream_io_read(stream_io *io)
{
    if (io->reading || io->read_all || !stream_io_is_open(io))
        return;
    io->reading = true;
    rpc_read(&io->call.rpc);
}

void stream_io_send(stream_io *io, outgoing *o)
{
    rpc_queue_add(&io->queue, o);
    write_next(io);
}

/* ---- the RPC's events ---- */

static void on_opened(api_call *c)
{
    stream_io *io = CONTAINER_OF(c, stream_io, call);
    io->opened = true;
    io->reading = io->read_all = false;
    rpc_queue_rewind(&io->queue);
    write_next(io);
    io->events->opened(io);
}

static void on_message(rpc *r, grpc_byte_buffer *message)
{
    stream_io *io = CONTAINER_OF(r, stream_io, call.rpc);
    io->reading = false;
    io->read_all = !message; /* the RPC ends, or is reopened */
    if (message)
        io->events->message(io, message);
}

/* Frees what was sent, unless the queue may have to send it again. */
static void forget_written(stream_io *io)
{
    const bool by_queue = io->queue.resent_by == RESENT_BY_QUEUE;
    if (by_queue && (io->call.rpc.answered || rpc_queue_too_large(&io->queue)))
        io->call.unrepeatable = true;
    if (!by_queue || io->call.unrepeatable)
        rpc_queue_forget_written(&io->queue);
}

static void on_written(rpc *r, bool ok)
{
    stream_io *io = CONTAINER_OF(r, stream_io, call.rpc);
    const outgoing *o = rpc_queue_written(&io->queue, ok);
    io->events->written(io, o);
    if (!o)
        return;
    forget_written(io);
    write_next(io);
}

static void on_done(api_call *c, const boxd_error *error)
{
    stream_io *io = CONTAINER_OF(c, stream_io, call);
    io->ended = true;
    io->events->ended(io, error);
}

void stream_io_start(stream_io *io, request *owner, const method *m, const stream_events *events)
{
    static const call_events of_call = {on_opened, on_message, on_written, on_done};
    io->events = events;
    call_start_stream(&io->call, owner, m, &of_call);
}

void stream_io_stop(stream_io *io)
{
    call_stop(&io->call);
}

void stream_io_clear(stream_io *io)
{
    call_clear(&io->call);
    rpc_queue_clear(&io->queue);
}
