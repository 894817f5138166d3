/*
 * rpc_stream.c: an RPC whose messages the program sends and receives one by one: a stream with two kinds of
 * steps, sends and receives, which end when their message was sent or has come. Called by the program on any
 * thread, and by the stream on the core thread.
 *
 * gRPC reports the end of an RPC only after its last message was received. A send that finds the RPC over
 * must not wait until the program receives: see check_whether_over().
 */
#include "boxd/stream/rpc_method.h"
#include "boxd/stream/stream.h"
#include "container_of.h"
#include "errors.h"

#include <boxd/aio/rpc.h>

typedef struct rpc_step {
    stream_step step;
    /* The message of a send until it is queued; then its element in the queue. */
    outgoing *message;
    const outgoing *queued;
} rpc_step;

struct boxd_rpc_stream {
    base_stream stream;
    rpc_method method;
    /* Core thread only. */
    struct {
        /* Steps in progress. The half-close may wait behind a send. */
        stream_step *opening, *receiver, *sender, *half_closer;
        /* A half-close was queued. */
        bool half_closed;
        /* The server has ended the RPC, and its remaining messages can be received. */
        bool closed;
        /* A message that arrived while no receive waited. */
        ProtobufCMessage *unreceived;
    } thread_data;
};

static boxd_rpc_stream *of_stream(base_stream *s)
{
    return CONTAINER_OF(s, boxd_rpc_stream, stream);
}

static rpc_step *step_of(request *r)
{
    return CONTAINER_OF(stream_step_of(r), rpc_step, step);
}

static boxd_rpc_stream *of_step(request *r)
{
    return of_stream(stream_step_of(r)->stream);
}

static const outgoing *queued_of(stream_step *step)
{
    return step ? CONTAINER_OF(step, rpc_step, step)->queued : NULL;
}

/* ---- the handle ---- */

void boxd_rpc_stream_cancel(boxd_rpc_stream *stream)
{
    if (stream)
        stream_cancel(&stream->stream);
}

void boxd_rpc_stream_free(boxd_rpc_stream *stream)
{
    if (!stream)
        return;
    stream_cancel(&stream->stream);
    stream_unref(&stream->stream);
}

static void free_stream(void *stream)
{
    boxd_rpc_stream_free(stream);
}

static void destroy(base_stream *s)
{
    boxd_rpc_stream *own = of_stream(s);
    wire_free(own->thread_data.unreceived);
    rpc_method_free(&own->method);
}

/* ---- messages ---- */

/* Finishes a step that is an invalid use. */
static void refuse(stream_step *step, const char *why)
{
    boxd_error error;
    stream_refusal(&step->request, why, &error);
    request_finish(&step->request, &error);
}

static void give_stream(boxd_rpc_stream *s)
{
    if (s->thread_data.opening)
        request_set_result(&s->thread_data.opening->request, handle_ref(s));
    stream_end_step(&s->thread_data.opening, NULL);
}

static void give_message(boxd_rpc_stream *s, ProtobufCMessage *message)
{
    request_set_result(&s->thread_data.receiver->request, message);
    stream_end_step(&s->thread_data.receiver, NULL);
}

static void on_opened(stream_io *io)
{
    base_stream *base = stream_of_io(io);
    boxd_rpc_stream *s = of_stream(base);
    give_stream(s);
    if (s->thread_data.receiver)
        stream_read(base);
}

/* Ends a send or a half-close in `error`. A message that was given to gRPC may have been sent. */
static void fail_send(stream_step **place, const boxd_error *error)
{
    const outgoing *queued = *place ? queued_of(*place) : NULL;
    boxd_error own = *error;
    if (!queued || !queued->started)
        own.sent = BOXD_SENT_NO;
    else if (own.sent == BOXD_SENT_YES)
        own.sent = BOXD_SENT_UNKNOWN;
    stream_end_step(place, &own);
}

/* While the queue has the messages of the sends. */
static void end_sends(boxd_rpc_stream *s)
{
    const boxd_error *outcome = &s->stream.thread_data.outcome;
    stream_step **sender = &s->thread_data.sender, **half_closer = &s->thread_data.half_closer;
    boxd_error refused;
    if (outcome->status != BOXD_OK) {
        fail_send(sender, outcome);
        fail_send(half_closer, outcome);
        return;
    }
    if (*sender) {
        stream_refusal(
            &(*sender)->request,
            "the server has ended the stream and takes no more messages; receive the remaining ones",
            &refused);
        refused.sent = BOXD_SENT_UNKNOWN; /* if its write has begun */
        fail_send(sender, &refused);
    }
    stream_end_step(half_closer, NULL);
}

/* A write failed, and a message arrived: the server has ended the RPC. The RPC is not reopened, because a
 * message arrived. If the client is ending the RPC, its end has the reason and comes soon. */
static void close_sends(boxd_rpc_stream *s)
{
    const stream_run *run = s->stream.thread_data.run;
    const stream_io *io = &s->stream.thread_data.io;
    if (io->call.stopped || request_stopping(&run->request) || io->call.rpc.status_known)
        return;
    s->thread_data.closed = true;
    end_sends(s);
    rpc_queue_clear(&s->stream.thread_data.io.queue);
}

/* A write failed, and a send waits: the RPC is over, but its status comes only after its last message. So
 * this reads on. If a message arrives, it is stored for the next receive, and the send ends. Without a
 * message the status follows; the send ends in it, or the RPC is reopened. */
static void check_whether_over(boxd_rpc_stream *s)
{
    const bool waits = s->thread_data.sender || s->thread_data.half_closer;
    if (!s->stream.thread_data.io.queue.broken || !waits || !stream_is_open(&s->stream))
        return;
    if (s->thread_data.unreceived)
        close_sends(s);
    else
        stream_read(&s->stream);
}

static void on_message(stream_io *io, grpc_byte_buffer *message)
{
    base_stream *base = stream_of_io(io);
    boxd_rpc_stream *s = of_stream(base);
    ProtobufCMessage *got =
        wire_unpack(s->method.reply, message, base->handle.compute->config.max_response_bytes,
                    &base->thread_data.run->failure);
    grpc_byte_buffer_destroy(message);
    if (!got)
        stream_io_stop(io);
    else if (s->thread_data.receiver)
        give_message(s, got);
    else
        s->thread_data.unreceived = got;
    if (got && io->queue.broken)
        close_sends(s);
}

static void on_written(stream_io *io, const outgoing *o)
{
    base_stream *base = stream_of_io(io);
    boxd_rpc_stream *s = of_stream(base);
    if (!o) {
        check_whether_over(s);
        return;
    }
    if (queued_of(s->thread_data.sender) == o)
        stream_end_step(&s->thread_data.sender, NULL);
    if (queued_of(s->thread_data.half_closer) == o)
        stream_end_step(&s->thread_data.half_closer, NULL);
}

static void on_ended(stream_io *io, const boxd_error *error)
{
    base_stream *base = stream_of_io(io);
    const stream_run *run = base->thread_data.run;
    const boxd_error ok = BOXD_ERROR_INIT;
    stream_finish(base, request_outcome(&run->request, &run->failure, error ? error : &ok));
}

static void on_over(base_stream *base)
{
    boxd_rpc_stream *s = of_stream(base);
    const boxd_error *outcome =
        base->thread_data.outcome.status == BOXD_OK ? NULL : &base->thread_data.outcome;
    stream_end_step(&s->thread_data.opening, outcome);
    stream_end_step(&s->thread_data.receiver, outcome);
    end_sends(s);
}

static const stream_class class = {
    .events = {on_opened, on_message, on_written, on_ended}, .over = on_over, .destroy = destroy};

/* ---- opening ---- */

RESULT_TYPE(RESULT_STREAM, boxd_rpc_stream_cb, free_stream);

static void step_destroy(request *r)
{
    outgoing_free(step_of(r)->message);
    stream_step_destroy(r);
}

static rpc_step *step_new(boxd_rpc_stream *s, const request_kind *kind, const boxd_call_options *call,
                          sink callback)
{
    return stream_step_new(sizeof(rpc_step), s ? &s->stream : NULL, kind,
                           &(request_setup){.call = call, .sink = callback});
}

static base_stream *stream_new(boxd_compute *compute, const boxd_rpc_method *named, boxd_error *error)
{
    record r;
    rpc_method m;
    if (rpc_method_init(&m, named, true, error) != BOXD_OK)
        return NULL;
    boxd_rpc_stream *s = stream_begin(&r, sizeof *s, compute, &class);
    if (s)
        handle_name(&r, &s->stream.handle, "stream", m.method.name);
    s = stream_end(&r, error);
    if (!s) {
        rpc_method_free(&m);
        return NULL;
    }
    s->method = m;
    s->stream.method = &s->method.method;
    return &s->stream;
}

static void open_begin(request *r)
{
    boxd_rpc_stream *s = of_step(r);
    s->thread_data.opening = stream_step_of(r);
    if (s->stream.thread_data.io.opened)
        give_stream(s);
    else if (s->stream.thread_data.over)
        stream_end_step(&s->thread_data.opening, &s->stream.thread_data.outcome);
}

void boxd_aio_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *named,
                              const boxd_call_options *call, boxd_rpc_stream_cb callback, void *user_data)
{
    static const request_kind kind = {open_begin, stream_step_stop_with_run, NULL, stream_step_destroy};
    stream_step *step = stream_step_new(
        sizeof *step, NULL, &kind,
        &(request_setup){.compute = compute, .sink = SINK(RESULT_STREAM, callback, user_data)});
    if (!step)
        return;
    step->stream = stream_new(compute, named, request_error(&step->request));
    stream_start(step, &(request_setup){.call = call});
}

/* ---- receiving ---- */

static void call_message(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_rpc_message_cb)callback)(error ? error->status : BOXD_OK, result, error, user_data);
}

static void free_message(void *message)
{
    wire_free(message);
}

static const result_type RESULT_MESSAGE = {call_message, free_message};

static void receive_begin(request *r)
{
    stream_step *step = stream_step_of(r);
    boxd_rpc_stream *s = of_step(r);
    if (s->thread_data.receiver) {
        refuse(step, "another receive is in progress; wait until it has ended");
        return;
    }
    s->thread_data.receiver = step;
    if (s->thread_data.unreceived) {
        ProtobufCMessage *message = s->thread_data.unreceived;
        s->thread_data.unreceived = NULL;
        give_message(s, message);
    } else if (s->stream.thread_data.over) {
        const boxd_error *outcome = &s->stream.thread_data.outcome;
        stream_end_step(&s->thread_data.receiver, outcome->status == BOXD_OK ? NULL : outcome);
    } else {
        stream_read(&s->stream);
    }
}

static void receive_stop(request *r)
{
    of_step(r)->thread_data.receiver = NULL;
    request_finish_stopped(r, "receiving from", BOXD_SENT_NO);
}

void boxd_aio_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                 boxd_rpc_message_cb callback, void *user_data)
{
    static const request_kind kind = {receive_begin, receive_stop, NULL, step_destroy};
    rpc_step *own = step_new(stream, &kind, call, SINK(RESULT_MESSAGE, callback, user_data));
    if (own)
        request_submit(&own->step.request);
}

/* ---- sending ---- */

/* Where the stream stores a send, or a half-close. */
static stream_step **place_of(boxd_rpc_stream *s, bool half_close)
{
    return half_close ? &s->thread_data.half_closer : &s->thread_data.sender;
}

static void send_begin(request *r)
{
    rpc_step *own = step_of(r);
    boxd_rpc_stream *s = of_step(r);
    outgoing *message = own->message;
    stream_step **place = place_of(s, message->half_close);
    if (s->thread_data.half_closed) {
        refuse(&own->step, "boxd_rpc_stream_close_send() was called; nothing can follow");
        return;
    }
    if (*place) {
        refuse(&own->step, "another send is in progress; wait until it has ended");
        return;
    }
    *place = &own->step;
    s->thread_data.half_closed = message->half_close;
    if (s->stream.thread_data.over || s->thread_data.closed) {
        end_sends(s);
        return;
    }
    own->message = NULL;
    own->queued = message;
    stream_io_send(&s->stream.thread_data.io, message);
    check_whether_over(s);
}

/* A message that is not being sent leaves the queue. */
static void send_stop(request *r)
{
    const rpc_step *own = step_of(r);
    boxd_rpc_stream *s = of_step(r);
    const bool half_close = s->thread_data.half_closer == &own->step;
    const bool started = !rpc_queue_take_back(&s->stream.thread_data.io.queue, own->queued);
    *place_of(s, half_close) = NULL;
    if (half_close && !started)
        s->thread_data.half_closed = false;
    request_finish_stopped(r, "sending on", started ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO);
}

static void send_step(boxd_rpc_stream *stream, const ProtobufCMessage *message, bool half_close,
                      const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {send_begin, send_stop, NULL, step_destroy};
    rpc_step *own = step_new(stream, &kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!own)
        return;
    boxd_error *error = request_error(&own->step.request);
    own->message = outgoing_new(!half_close, half_close);
    if (error->status == BOXD_OK && !own->message)
        error_no_memory(error, "sending on a stream");
    else if (error->status == BOXD_OK && !half_close)
        rpc_method_pack(&stream->method, message, &own->message->message, error);
    request_submit(&own->step.request);
}

void boxd_aio_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                              const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    send_step(stream, message, false, call, callback, user_data);
}

void boxd_aio_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data)
{
    send_step(stream, NULL, true, call, callback, user_data);
}
