/*
 * request.h: an operation of the public surface: what all of them share, whatever they send.
 *
 * A request on a box begins once the box's id is known: a box that was made of its name is looked up first.
 */
#ifndef BOXD_REQUEST_H
#define BOXD_REQUEST_H

#include "boxd/client/compute.h"
#include "core/op.h"
#include "core/sink.h"

#include <boxd/types/box.h>

typedef struct request request;

/* What differs between the kinds of requests. */
typedef struct request_kind {
    void (*begin)(request *r);      /* core thread; the box's id is known */
    void (*stop)(request *r);       /* core thread, after begin(), at most once: end soon; as op_class.stop */
    void (*delivering)(request *r); /* dispatch thread, before the program is called; or NULL */
    void (*destroy)(request *r);    /* any thread: frees what it holds beyond the request; or NULL */
} request_kind;

/* What a thread submitted on whose behalf, before it came to submit parts of a request. */
typedef struct request_scope {
    caller caller;
    uint64_t call_id;
} request_scope;

/* Another operation that this one waits for, on the core thread. */
typedef struct request_step {
    boxd_cancel_token *token; /* ends it; NULL: there is none */
    request_scope before;
} request_step;

struct request {
    op op;
    const request_kind *kind;
    boxd_compute *compute;
    boxd_box *box; /* a reference, or NULL */
    bool needs_box_name;
    bool begun; /* kind->begin() was called */
    sink sink;
    void *result;
    char *subject;           /* for messages: `box "web-7"`; or NULL */
    uint64_t call_id;        /* of the program's call that it is, or a part of */
    void *hook_data;         /* the program's */
    boxd_metadata *metadata; /* to be sent; or NULL */
    request_step step;
};

/* How a request is made. */
typedef struct request_setup {
    boxd_compute *compute; /* the box's when there is one */
    boxd_box *box;         /* what it is about, or NULL */
    const char *subject;   /* copied; NULL: the box's, or none */
    const boxd_call_options *call;
    bool call_in_options;       /* `call` is a member of other options */
    const boxd_error *fault;    /* found before: what it ends in, unless BOXD_OK; `call` is not read then */
    int64_t default_timeout_ms; /* 0: the client's for unary calls */
    sink sink;
} request_setup;

/* Allocates an operation of `size` bytes that starts with a request. No handle or no memory: the sink has
 * been called, and NULL is returned. A fault is left in op.error. */
void *request_new(size_t size, const request_kind *kind, const request_setup *setup);

/* Where building it met a fault: what the operation ends in. */
boxd_error *request_error(request *r);

/* Writes `first link second` as a subject, where either may be NULL. Returns `buffer`. */
const char *request_subject(const char *first, const char *link, const char *second, char *buffer,
                            size_t size);

/* Writes `proxy "api" of box "web-7"`: an object by kind and name, and what box it belongs to. Returns
 * `buffer`. */
const char *request_object(const char *kind, const char *name, const char *link, const boxd_box *box,
                           char *buffer, size_t size);

/* Hands it to the core; or frees it instead, and then the program hears nothing. */
void request_submit(request *r);
void request_drop(request *r);

/* Ends it, with an error or NULL for success. Core thread; once. */
void request_finish(request *r, const boxd_error *error);

/* What an operation ends in that has a failure found on this side and the outcome of its call: the failure,
 * since it is what ended the call; but a stop's own error stands. NULL: success. */
const boxd_error *request_outcome(const request *r, const boxd_error *failure, const boxd_error *outcome);

/* What a request ends in that is being stopped, and of which nothing is under way; `doing` says what it was.
 * Core thread. */
void request_stop_error(const request *r, const char *doing, boxd_sent sent, boxd_error *error);

/* Ends it in that. */
void request_finish_stopped(request *r, const char *doing, boxd_sent sent);

/* Whether it is being stopped: a timeout, a cancel, a close. Core thread. */
static inline bool request_stopping(const request *r)
{
    return r->op.thread_data.stopping;
}

/* What this thread makes and submits between these two is a part of `r`: it needs no slot of its own, and
 * calls back on the core thread. */
request_scope request_parts_begin(const request *r);
void request_parts_end(request_scope before);

/*
 * Submits other operations as steps, one at a time. Between these two the step's own function is called with
 * `call`, a callback of this operation's and the request as its user data; the callback runs on the core
 * thread and begins with step_over(). False: out of memory. The step ends with the request: with its
 * deadline, cancel or close.
 */
bool step_begin(request *r, boxd_call_options *call);
void step_submitted(request *r);
void step_over(request *r);

static inline request *request_of(op *o)
{
    return (request *)(void *)o;
}

#endif
