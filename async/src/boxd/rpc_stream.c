/*
 * rpc_stream.c: an RPC of which the program sends and receives the messages one by one.
 *
 * Three kinds of operations meet in a stream. The run is the RPC: it lives from the opening to the end of the
 * stream, has the stream's deadline and token, and calls nobody back. The opening waits until the run has
 * begun. Steps are the sends and receives: each waits for its message, and may give up without the run.
 *
 *     opening ........ run begins (opened) ............................. run ends (over)
 *                          send, send, finish, receive, receive, ...        end, end, ...
 *
 * The stream is counted: the program's handle, the run and each step have a reference. All of its state but
 * the token is the core thread's. What is sent goes through a queue, which keeps it for a while after that: a
 * stream whose token is refused before anything came is begun anew, from the queue's beginning.
 *
 * gRPC tells the end of an RPC only after its last message was received. A send that finds the RPC over shall
 * not wait for that, which may be for ever: see ask_whether_over().
 */
#include "errors.h"
#include "handle.h"
#include "rpc_method.h"
#include "rpc_queue.h"

#include <boxd/aio/rpc.h>

#include <stddef.h>

typedef struct stream_step stream_step;
typedef struct stream_run stream_run;

struct boxd_rpc_stream {
    handle handle;
    rpc_method method;
    boxd_cancel_token *end; /* fired by the program: cancel, free */
    struct {
        stream_run *run;                 /* while its RPC can be written and read */
        bool opened;                     /* the RPC has begun, once at least */
        bool over;                       /* the run has ended, in: */
        boxd_error outcome;              /* BOXD_OK: the server ended it well */
        stream_step *opening, *receiver; /* under way */
        stream_step *sender, *finisher;  /* the second may wait behind the first */
        bool reading, read_all;
        bool finished;             /* a half-close was queued */
        bool closed;               /* the server has ended it, and messages of it are left */
        ProtobufCMessage *arrived; /* nobody waited for it */
        rpc_queue queue;
    } thread_data; /* core thread only */
};

struct stream_run {
    request request;
    api_call call;
    boxd_rpc_stream *stream;
    cancel_entry end;
    loop_task end_task;
    boxd_error failure; /* what ended it on our side */
};

struct stream_step {
    request request;
    boxd_rpc_stream *stream;
    outgoing *message;      /* of a send, until it is queued: */
    const outgoing *queued; /* while it is the sender or the finisher */
};

static stream_run *run_of(request *r)
{
    return (stream_run *)(void *)r;
}

static stream_step *step_of(request *r)
{
    return (stream_step *)(void *)r;
}

/* ---- the handle ---- */

static void stream_unref(boxd_rpc_stream *s)
{
    if (!handle_unref(s))
        return;
    rpc_queue_clear(&s->thread_data.queue);
    wire_free(s->thread_data.arrived);
    boxd_cancel_token_free(s->end);
    rpc_method_free(&s->method);
    handle_destroy(s);
}

void boxd_rpc_stream_cancel(boxd_rpc_stream *stream)
{
    if (stream)
        boxd_cancel_token_cancel(stream->end);
}

void boxd_rpc_stream_free(boxd_rpc_stream *stream)
{
    if (!stream)
        return;
    boxd_rpc_stream_cancel(stream);
    stream_unref(stream);
}

static void free_stream(void *stream)
{
    boxd_rpc_stream_free(stream);
}

static boxd_rpc_stream *stream_new(boxd_compute *compute, const boxd_rpc_method *named, boxd_error *error)
{
    record r;
    rpc_method known;
    if (rpc_method_init(&known, named, true, error) != BOXD_OK)
        return NULL;
    boxd_cancel_token *end = boxd_cancel_token_new();
    boxd_rpc_stream *s = handle_begin(&r, sizeof *s, compute);
    if (s) {
        s->method = known;
        s->end = end;
        rpc_queue_init(&s->thread_data.queue);
        s->thread_data.outcome = (boxd_error)BOXD_ERROR_INIT;
        handle_name(&r, &s->handle, "stream", known.method.name);
        s = handle_end(&r, error);
    }
    if (s && end)
        return s;
    error_no_memory(error, "opening a stream");
    handle_free(s);
    boxd_cancel_token_free(end);
    rpc_method_free(&known);
    return NULL;
}

/* ---- the RPC: what comes, what goes ---- */

static bool is_open(const boxd_rpc_stream *s)
{
    return s->thread_data.run && s->thread_data.run->call.rpc.call;
}

static void read_next(boxd_rpc_stream *s)
{
    if (s->thread_data.reading || s->thread_data.read_all || !is_open(s))
        return;
    s->thread_data.reading = true;
    rpc_read(&s->thread_data.run->call.rpc);
}

static void write_next(boxd_rpc_stream *s)
{
    if (is_open(s))
        rpc_queue_write(&s->thread_data.queue, &s->thread_data.run->call.rpc);
}

/* A step that `*place` points to ends, with an error or NULL. */
static void end_step(stream_step **place, const boxd_error *error)
{
    stream_step *step = *place;
    *place = NULL;
    if (step)
        request_finish(&step->request, error);
}

static void give_stream(boxd_rpc_stream *s)
{
    if (s->thread_data.opening)
        s->thread_data.opening->request.result = handle_ref(s);
    end_step(&s->thread_data.opening, NULL);
}

static void give_message(boxd_rpc_stream *s, ProtobufCMessage *message)
{
    s->thread_data.receiver->request.result = message;
    end_step(&s->thread_data.receiver, NULL);
}

static void on_opened(api_call *c)
{
    boxd_rpc_stream *s = run_of(c->owner)->stream;
    s->thread_data.opened = true;
    s->thread_data.reading = s->thread_data.read_all = false;
    rpc_queue_rewind(&s->thread_data.queue);
    give_stream(s);
    write_next(s);
    if (s->thread_data.receiver)
        read_next(s);
}

static void end_sends(boxd_rpc_stream *s);

/* A write failed, and yet there is a message: the server has ended the RPC and said what it had to. It will
 * not be begun anew, since something came of it. Where this side ends it, run_over() is near and knows why.
 */
static void close_sends(boxd_rpc_stream *s)
{
    const stream_run *run = s->thread_data.run;
    if (run->call.stopped || request_stopping(&run->request) || run->call.rpc.status_known)
        return;
    s->thread_data.closed = true;
    rpc_queue_clear(&s->thread_data.queue);
    end_sends(s);
}

/* A write failed, and a send waits: the RPC is over, but its status comes only when nothing is left to
 * receive. So receives: a message, kept for who asks for it, ends the send; no message, and the status
 * follows, in which the send ends, or with which the RPC is begun anew. */
static void ask_whether_over(boxd_rpc_stream *s)
{
    const bool waits = s->thread_data.sender || s->thread_data.finisher;
    if (!s->thread_data.queue.broken || !waits || !is_open(s))
        return;
    if (s->thread_data.arrived)
        close_sends(s);
    else
        read_next(s);
}

static void on_message(api_call *c, grpc_byte_buffer *message)
{
    stream_run *run = run_of(c->owner);
    boxd_rpc_stream *s = run->stream;
    s->thread_data.reading = false;
    s->thread_data.read_all = !message; /* the RPC is ending, or begun anew */
    if (!message)
        return;
    ProtobufCMessage *got = wire_unpack(s->method.reply, message, &run->failure);
    grpc_byte_buffer_destroy(message);
    if (!got)
        call_stop(c);
    else if (s->thread_data.receiver)
        give_message(s, got);
    else
        s->thread_data.arrived = got;
    if (got && s->thread_data.queue.broken)
        close_sends(s);
}

/* Lets go of what was sent, once it cannot or shall not be sent again. */
static void forget_sent(boxd_rpc_stream *s, api_call *c)
{
    if (c->rpc.answered || rpc_queue_too_large(&s->thread_data.queue))
        c->unrepeatable = true;
    if (c->unrepeatable)
        rpc_queue_forget_written(&s->thread_data.queue);
}

static void on_written(api_call *c, bool ok)
{
    boxd_rpc_stream *s = run_of(c->owner)->stream;
    const outgoing *o = rpc_queue_written(&s->thread_data.queue, ok);
    if (!o) {
        ask_whether_over(s);
        return;
    }
    if (s->thread_data.sender && s->thread_data.sender->queued == o)
        end_step(&s->thread_data.sender, NULL);
    if (s->thread_data.finisher && s->thread_data.finisher->queued == o)
        end_step(&s->thread_data.finisher, NULL);
    forget_sent(s, c);
    write_next(s);
}

/* ---- the run ---- */

static void run_end(loop_task *task)
{
    stream_run *run = (stream_run *)(void *)((char *)task - offsetof(stream_run, end_task));
    call_stop(&run->call);
    op_unref(&run->request.op);
}

/* On the firing thread, under the token's lock: the run is registered, so it and its loop are alive. */
static void end_fired(cancel_entry *entry)
{
    stream_run *run = (stream_run *)(void *)((char *)entry - offsetof(stream_run, end));
    op_ref(&run->request.op);
    loop_post(&run->request.compute->core.loop, &run->end_task, run_end);
}

static void on_run_done(api_call *c, const boxd_error *error)
{
    stream_run *run = run_of(c->owner);
    const boxd_error ok = BOXD_ERROR_INIT;
    cancel_unregister(&run->end);
    run->stream->thread_data.run = NULL;
    request_finish(&run->request, request_outcome(&run->request, &run->failure, error ? error : &ok));
}

static void run_begin(request *r)
{
    static const call_events events = {on_opened, on_message, on_written, on_run_done};
    stream_run *run = run_of(r);
    cancel_register(&run->end, run->stream->end, end_fired); /* nobody has the handle yet, to fire it */
    run->stream->thread_data.run = run;
    call_start_stream(&run->call, r, &run->stream->method.method, &events);
}

static void run_stop(request *r)
{
    call_stop(&run_of(r)->call);
}

/* However the run ended, also before it began: on the core thread, where its delivery is. */
static void run_over(request *r)
{
    boxd_rpc_stream *s = run_of(r)->stream;
    const boxd_error *outcome = r->op.error.status == BOXD_OK ? NULL : &r->op.error;
    s->thread_data.over = true;
    s->thread_data.outcome = r->op.error;
    end_step(&s->thread_data.opening, outcome);
    end_step(&s->thread_data.receiver, outcome);
    end_sends(s);
}

static void run_destroy(request *r)
{
    stream_run *run = run_of(r);
    call_clear(&run->call);
    stream_unref(run->stream);
}

static const request_kind run_kind = {run_begin, run_stop, run_over, run_destroy};

/* Its end is heard on the core thread in either dispatch mode. */
static stream_run *run_new(boxd_rpc_stream *s, const boxd_call_options *call)
{
    const bool before = core_direct_callbacks(true);
    stream_run *run = request_new(sizeof *run, &run_kind,
                                  &(request_setup){.compute = s->handle.compute,
                                                   .call = call,
                                                   .default_timeout_ms = BOXD_NO_TIMEOUT,
                                                   .sink = SINK(RESULT_DONE, NULL, NULL)});
    core_direct_callbacks(before);
    if (!run)
        return NULL;
    run->failure = (boxd_error)BOXD_ERROR_INIT;
    run->stream = handle_ref(s);
    return run;
}

/* ---- steps ---- */

static void step_destroy(request *r)
{
    stream_step *step = step_of(r);
    outgoing_free(step->message);
    if (step->stream)
        stream_unref(step->stream);
}

static stream_step *step_new(boxd_rpc_stream *s, boxd_compute *compute, const request_kind *kind,
                             const boxd_call_options *call, sink callback)
{
    stream_step *step = request_new(sizeof *step, kind,
                                    &(request_setup){.compute = s ? s->handle.compute : compute,
                                                     .subject = s ? s->handle.subject : NULL,
                                                     .call = call,
                                                     .default_timeout_ms = BOXD_NO_TIMEOUT,
                                                     .sink = callback});
    if (step)
        step->stream = handle_ref(s);
    return step;
}

static void refuse(stream_step *step, const char *why)
{
    boxd_error error;
    error_set(&error, BOXD_ERR_FAILED_PRECONDITION, "%s: %s", step->request.subject, why);
    request_finish(&step->request, &error);
}

/* ---- opening ---- */

RESULT_TYPE(RESULT_STREAM, boxd_rpc_stream_cb, free_stream);

static void open_begin(request *r)
{
    stream_step *step = step_of(r);
    boxd_rpc_stream *s = step->stream;
    s->thread_data.opening = step;
    if (s->thread_data.opened)
        give_stream(s);
    else if (s->thread_data.over)
        end_step(&s->thread_data.opening, &s->thread_data.outcome);
}

static void open_stop(request *r)
{
    (void)r; /* the run is being stopped as well, and ends it */
}

void boxd_aio_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *named,
                              const boxd_call_options *call, boxd_rpc_stream_cb callback, void *user_data)
{
    static const request_kind kind = {open_begin, open_stop, NULL, step_destroy};
    stream_step *step = step_new(NULL, compute, &kind, NULL, SINK(RESULT_STREAM, callback, user_data));
    if (!step)
        return;
    boxd_error *error = request_error(&step->request);
    step->stream = stream_new(compute, named, error);
    stream_run *run = step->stream ? run_new(step->stream, call) : NULL;
    if (run)
        request_submit(&run->request);
    else if (step->stream)
        error_no_memory(error, "opening a stream");
    request_submit(&step->request);
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
    stream_step *step = step_of(r);
    boxd_rpc_stream *s = step->stream;
    if (s->thread_data.receiver) {
        refuse(step, "another receive is under way; wait until it has ended");
        return;
    }
    s->thread_data.receiver = step;
    if (s->thread_data.arrived) {
        ProtobufCMessage *arrived = s->thread_data.arrived;
        s->thread_data.arrived = NULL;
        give_message(s, arrived);
    } else if (s->thread_data.over) {
        const boxd_error *outcome = &s->thread_data.outcome;
        end_step(&s->thread_data.receiver, outcome->status == BOXD_OK ? NULL : outcome);
    } else {
        read_next(s);
    }
}

static void receive_stop(request *r)
{
    step_of(r)->stream->thread_data.receiver = NULL;
    request_finish_stopped(r, "receiving from", BOXD_SENT_NO);
}

void boxd_aio_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                 boxd_rpc_message_cb callback, void *user_data)
{
    static const request_kind kind = {receive_begin, receive_stop, NULL, step_destroy};
    stream_step *step = step_new(stream, NULL, &kind, call, SINK(RESULT_MESSAGE, callback, user_data));
    if (step)
        request_submit(&step->request);
}

/* ---- sending ---- */

/* The stream is over, or closed: so is what is being sent. */
static void end_sends(boxd_rpc_stream *s)
{
    const boxd_error *outcome = s->thread_data.outcome.status == BOXD_OK ? NULL : &s->thread_data.outcome;
    stream_step *sender = s->thread_data.sender;
    if (sender && !outcome) {
        s->thread_data.sender = NULL;
        refuse(sender, "the server has ended it and takes no more messages; receive what is left");
    }
    end_step(&s->thread_data.sender, outcome);
    end_step(&s->thread_data.finisher, outcome);
}

/* Where a step of this kind has its place: one send, and behind it the half-close. */
static stream_step **place_of(boxd_rpc_stream *s, bool half_close)
{
    return half_close ? &s->thread_data.finisher : &s->thread_data.sender;
}

static void send_begin(request *r)
{
    stream_step *step = step_of(r);
    boxd_rpc_stream *s = step->stream;
    outgoing *message = step->message;
    stream_step **place = place_of(s, message->half_close);
    if (s->thread_data.finished) {
        refuse(step, "nothing can be sent any more, since boxd_rpc_stream_finish_sending() was called");
        return;
    }
    if (*place) {
        refuse(step, "another send is under way; wait until it has ended");
        return;
    }
    *place = step;
    s->thread_data.finished = message->half_close;
    if (s->thread_data.over || s->thread_data.closed) {
        end_sends(s);
        return;
    }
    step->message = NULL;
    step->queued = message;
    rpc_queue_add(&s->thread_data.queue, message);
    write_next(s);
    ask_whether_over(s);
}

/* What is not on its way leaves the queue. */
static void send_stop(request *r)
{
    stream_step *step = step_of(r);
    boxd_rpc_stream *s = step->stream;
    const bool half_close = s->thread_data.finisher == step;
    const bool started = !rpc_queue_take_back(&s->thread_data.queue, step->queued);
    *place_of(s, half_close) = NULL;
    if (half_close && !started)
        s->thread_data.finished = false;
    request_finish_stopped(r, "sending on", started ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO);
}

static void send_step(boxd_rpc_stream *stream, const ProtobufCMessage *message, bool half_close,
                      const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {send_begin, send_stop, NULL, step_destroy};
    stream_step *step = step_new(stream, NULL, &kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!step)
        return;
    boxd_error *error = request_error(&step->request);
    step->message = outgoing_new(half_close);
    if (error->status == BOXD_OK && !step->message)
        error_no_memory(error, "sending on a stream");
    else if (error->status == BOXD_OK && !half_close)
        rpc_method_pack(&stream->method, message, &step->message->message, error);
    request_submit(&step->request);
}

void boxd_aio_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                              const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    send_step(stream, message, false, call, callback, user_data);
}

void boxd_aio_rpc_stream_finish_sending(boxd_rpc_stream *stream, const boxd_call_options *call,
                                        boxd_done_cb callback, void *user_data)
{
    send_step(stream, NULL, true, call, callback, user_data);
}
