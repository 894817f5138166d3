/*
 * stream.h: an RPC that goes on while the program sends and receives on it: what boxd_rpc_stream and
 * boxd_process have in common.
 *
 * Two kinds of operations meet in a stream. The run is the RPC: it lives from the opening to the end, has the
 * stream's deadline and token, and calls nobody back. Steps are what the program does with it; each may give
 * up without the run.
 *
 *     run begins (opened, opened anew ...) ............................... run ends (over)
 *     first step        step, step, step, ...                                step, step, ...
 *
 * The stream is counted: the program's handle, the run and each step have a reference. All of its state but
 * the token is the core thread's. What is sent goes through a queue, which keeps it for a while after that: a
 * stream whose token is refused before anything came is begun anew, from the queue's beginning.
 */
#ifndef BOXD_STREAM_H
#define BOXD_STREAM_H

#include "boxd/client/call.h"
#include "boxd/client/handle.h"
#include "boxd/stream/rpc_queue.h"
#include "linked_list.h"

typedef struct base_stream base_stream;
typedef struct stream_run stream_run;
typedef struct stream_step stream_step;

/* What differs between streams. All but destroy: core thread. Those that say so may be NULL. */
typedef struct stream_class {
    void (*begin)(base_stream *s);  /* the box's id is known; queue what goes first; or NULL */
    void (*opened)(base_stream *s); /* the RPC has begun, or begun anew: what is queued is being sent */
    void (*message)(base_stream *s, grpc_byte_buffer *message); /* the callee owns it */
    void (*written)(base_stream *s, const outgoing *o);         /* NULL: the queue is broken */
    void (*ended)(base_stream *s,
                  const boxd_error *error); /* the RPC is over: stream_finish() comes next, once */
    void (*stop)(base_stream *s);           /* the run shall end, and its RPC has; or NULL */
    void (*over)(base_stream *s);           /* thread_data.over and .outcome are set: end the steps */
    void (*destroy)(base_stream *s);        /* any thread: frees what it holds */
} stream_class;

struct base_stream {
    handle handle;
    const stream_class *class;
    const method *method;   /* set before stream_start() */
    boxd_cancel_token *end; /* fired by the program: cancel, free */
    struct {
        stream_run *run;    /* from its beginning until stream_finish() */
        bool opened;        /* the RPC has begun, once at least */
        bool over;          /* the run has ended, in: */
        boxd_error outcome; /* BOXD_OK: the server ended it well */
        bool reading, read_all;
        rpc_queue queue;
    } thread_data; /* core thread only */
};

struct stream_run {
    request request;
    api_call call;
    base_stream *stream;
    cancel_entry end;
    loop_task end_task;
    bool ended;         /* the RPC is over */
    boxd_error failure; /* what ended it on our side */
};

struct stream_step {
    request request;
    base_stream *stream; /* a reference */
    list_node node;      /* of a list that the stream's owner keeps */
};

/* Makes a stream of `size` bytes that starts with one, and its token, as handle_begin() and handle_end(). */
void *stream_begin(record *r, size_t size, boxd_compute *compute, const stream_class *class);
void *stream_end(record *r, boxd_error *error);
void stream_unref(base_stream *s);

/* Ends it without waiting; any thread. */
void stream_cancel(base_stream *s);

/* A step of `size` bytes on `s`, or on one that is to be made: then `setup` has the client or box, and the
 * caller sets step->stream. As request_new(). */
void *stream_step_new(size_t size, base_stream *s, const request_kind *kind, const request_setup *setup);
void stream_step_destroy(request *r);

static inline stream_step *stream_step_of(request *r)
{
    return (stream_step *)(void *)r;
}

/* Ends the step that `*place` points to, if any, with an error or NULL. */
void stream_end_step(stream_step **place, const boxd_error *error);

/* Ends each step of the list. */
void stream_end_steps(linked_list *steps, const boxd_error *error);

/* What a step ends in that is an invalid use. */
void stream_refusal(const request *r, const char *why, boxd_error *error);

/* Submits the first step, and before it the run of its stream, as `setup` says: unless an error is found in
 * the step, or memory runs out, which it then ends in. */
void stream_start(stream_step *first, const request_setup *setup);

/* Whether messages can be asked for and sent. */
static inline bool stream_is_open(const base_stream *s)
{
    return s->thread_data.run && !s->thread_data.run->ended && s->thread_data.run->call.rpc.call;
}

/* Asks for one message, unless one is asked for or none will come. */
void stream_read(base_stream *s);

/* Queues `o`, whose owner becomes the stream. */
void stream_send(base_stream *s, outgoing *o);

/* Ends the RPC for a reason of ours: run->failure, set by the caller. */
void stream_fail(base_stream *s);

/* Ends the run, in `error` or well. */
void stream_finish(base_stream *s, const boxd_error *error);

#endif
