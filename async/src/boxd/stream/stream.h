/*
 * stream.h: a streaming RPC with a handle for the program: the base of boxd_rpc_stream and boxd_process.
 *
 * Two kinds of operations belong to a stream. The run is the RPC: it lasts from the opening to the end,
 * has the stream's deadline and cancel token, and has no callback of the program. A step is one call of
 * the program on the stream; it may time out or be cancelled without the run.
 *
 *     run begins (opened, reopened ...) ............................... run ends (over)
 *     first step        step, step, step, ...                                step, step, ...
 *
 * Each layer hands a table of functions to the layer below it. The layers that a message passes:
 *
 *     rpc            batches of gRPC
 *      | rpc_events
 *     stream_io      queue, flow control
 *      | stream_events
 *     stream_class   the kind of stream: rpc_stream.c, boxd/process
 *
 * and the layers that the events of the run pass:
 *
 *     op             deadline, cancel, close
 *      | op_class
 *     request        the subject of messages, the id of the box
 *      | request_kind
 *     stream_run
 *      | stream_class
 *     the kind of stream
 *
 * A stream is counted: the program's handle, the run and each step have a reference. All of its state
 * except the token belongs to the core thread.
 */
#ifndef BOXD_STREAM_H
#define BOXD_STREAM_H

#include "boxd/client/handle.h"
#include "boxd/stream/stream_io.h"
#include "linked_list.h"

typedef struct base_stream base_stream;
typedef struct stream_run stream_run;
typedef struct stream_step stream_step;

/* The functions of a kind of stream. */
typedef struct stream_class {
    /* Core thread. After ended() comes stream_finish(), once. */
    stream_events events;
    /* Core thread: the id of the box is known; queues the first messages. Or NULL. */
    void (*begin)(base_stream *s);
    /* Core thread: the run has to end, and its RPC has ended. Or NULL. */
    void (*stop)(base_stream *s);
    /* Core thread: thread_data.over and .outcome are set; ends the steps. */
    void (*over)(base_stream *s);
    /* Any thread: frees the members of the kind. */
    void (*destroy)(base_stream *s);
} stream_class;

struct base_stream {
    handle handle;
    const stream_class *class;
    /* Set before stream_start(). */
    const method *method;
    /* Fired when the program cancels or frees the stream. */
    boxd_cancel_token *end;
    /* Core thread only. */
    struct {
        /* Set from the begin of the run until stream_finish(). */
        stream_run *run;
        stream_io io;
        /* The run has ended in `outcome`. BOXD_OK: the server ended it successfully. Before that, the kind of
         * the stream may use `outcome`. */
        bool over;
        boxd_error outcome;
    } thread_data;
};

struct stream_run {
    request request;
    /* A reference. */
    base_stream *stream;
    cancel_entry end;
    loop_task end_task;
};

struct stream_step {
    request request;
    /* A reference. */
    base_stream *stream;
    /* In a list of the stream's owner. */
    list_node node;
};

/* Makes a stream of `size` bytes that starts with a base_stream, as handle_begin() and handle_end(). */
void *stream_begin(record *r, size_t size, boxd_compute *compute, const stream_class *class);
void *stream_end(record *r, boxd_error *error);
void stream_unref(base_stream *s);

/* Ends the run without waiting. Any thread. */
void stream_cancel(base_stream *s);

/* A step of `size` bytes, which starts with a stream_step, on `s`. If `s` is NULL, the stream is still to be
 * made: `setup` has the client or box, and the caller sets step->stream. As request_new(). */
void *stream_step_new(size_t size, base_stream *s, const request_kind *kind, const request_setup *setup);

/* Functions of a request_kind: destroys a step; stops a step that waits for the opening, which needs no
 * action, because the run is being stopped as well and ends the step. */
void stream_step_destroy(request *r);
void stream_step_stop_with_run(request *r);

static inline stream_step *stream_step_of(request *r)
{
    return CONTAINER_OF(r, stream_step, request);
}

/* Finishes the step that `*place` points to, if any, with an error or NULL. */
void stream_end_step(stream_step **place, const boxd_error *error);

/* Finishes each step of the list. */
void stream_end_steps(linked_list *steps, const boxd_error *error);

/* Fills the error of a step that is an invalid use. */
void stream_refusal(const request *r, const char *why, boxd_error *error);

/* Submits the first step of a stream, and before it the stream's run, as `setup` says. Without a stream, or
 * after a fault in the step, only the step is submitted, which then fails. */
void stream_start(stream_step *first, const request_setup *setup);

/* The failure on this side that ends the run, in the place of its outcome. BOXD_OK: there is none. */
static inline boxd_error *stream_failure(const base_stream *s)
{
    return request_error(&s->thread_data.run->request);
}

/* The stream that `io` belongs to. */
static inline base_stream *stream_of_io(stream_io *io)
{
    return CONTAINER_OF(io, base_stream, thread_data.io);
}

/* Whether messages can be asked for and sent. */
static inline bool stream_is_open(const base_stream *s)
{
    return s->thread_data.run && stream_io_is_open(&s->thread_data.io);
}

/* Requests one message, unless one is requested or none can come. */
static inline void stream_read(base_stream *s)
{
    if (s->thread_data.run)
        stream_io_read(&s->thread_data.io);
}

/* Ends the run, with an error or NULL. */
void stream_finish(base_stream *s, const boxd_error *error);

#endif
