/*
 * request.h: the base of every call of boxd's public API: a frame (core/call_frame.h), the client, and
 * the box of the call.
 *
 * A request on a box begins once the id of the box is known: if the handle was made from a name, the box
 * is looked up first, with the function in the handle.
 */
#ifndef BOXD_REQUEST_H
#define BOXD_REQUEST_H

#include "boxd/client/compute.h"
#include "core/call_frame.h"

#include <boxd/types/box.h>

typedef struct request request;

/* The functions of a kind of request. */
typedef struct request_kind {
    /* The id of the box is known. Core thread. */
    void (*begin)(request *r);
    /* As op_class.stop, after begin(). Core thread, at most once. */
    void (*stop)(request *r);
    /* Before the program is called; or NULL. Dispatch thread. */
    void (*delivering)(request *r);
    /* Frees the members that the kind adds to the request; or NULL. Any thread. */
    void (*destroy)(request *r);
} request_kind;

/* Another operation that a request waits for, on the core thread. */
typedef struct request_step {
    /* Fired to end the step; NULL: no step is in progress. */
    boxd_cancel_token *token;
    call_scope before;
} request_step;

struct request {
    call_frame frame;
    const request_kind *kind;
    boxd_compute *compute;
    /* A reference, or NULL. */
    boxd_box *box;
    bool needs_box_name;
    /* kind->begin() was called. */
    bool begun;
    /* The subject of messages: `box "web-7"`; or NULL. */
    char *subject;
    request_step step;
};

/* The parameters of a new request. */
typedef struct request_setup {
    /* Not read if there is a box, because the box has its client. */
    boxd_compute *compute;
    /* The box that the request is about, or NULL. */
    boxd_box *box;
    /* The subject of messages: `kind "name"`, or `subject`, or the subject of the box. With `other`, `link`
     * and `other` are appended: `proxy "api" of box "web-7"`. All are copied. */
    const char *kind, *name;
    const char *subject;
    const char *link, *other;
    const boxd_call_options *call;
    /* `call` is a member of other options. */
    bool call_in_options;
    /* See call_frame_setup. */
    const boxd_error *fault;
    /* 0: the client's timeout for unary calls. */
    int64_t default_timeout_ms;
    sink sink;
} request_setup;

/* Allocates an operation of `size` bytes that starts with a request; see call_frame_new(). */
void *request_new(size_t size, const request_kind *kind, const request_setup *setup);

/* The request ends in a failure that is set here before submission. */
boxd_error *request_error(request *r);

/* Hands the request to the core, or frees it without calling the program. */
void request_submit(request *r);
void request_drop(request *r);

/* References: the last one frees the request. */
void request_ref(request *r);
void request_unref(request *r);

/* Before submission: the request needs no slot among the calls in flight, or `to` needs it instead of `from`.
 */
void request_drop_slot(request *r);
void request_move_slot(request *from, request *to);

/* Ends the request, with an error or NULL for success. Core thread; once. */
void request_finish(request *r, const boxd_error *error);

/* The error in which a request ends that has failed on this side, or whose call has the outcome `outcome`.
 * The failure comes first, because it has ended the call; but if the request is stopped, the reason of the
 * stop does. NULL: success. */
const boxd_error *request_outcome(const request *r, const boxd_error *failure, const boxd_error *outcome);

/* Writes the error of a request that is stopped while nothing of it is in progress; `doing` says what it
 * did. Core thread. */
void request_stop_error(const request *r, const char *doing, boxd_sent sent, boxd_error *error);

/* Ends the request in that error. */
void request_finish_stopped(request *r, const char *doing, boxd_sent sent);

/* Whether the request is stopped: by a timeout, a cancel or a close. Core thread. */
static inline bool request_stopping(const request *r)
{
    return r->frame.op.thread_data.stopping;
}

/* Why it is stopped, until it is finished; BOXD_OK: it is not stopped. Core thread. */
static inline const boxd_error *request_stop_reason(const request *r)
{
    return &r->frame.op.error;
}

/* For messages; <= 0: none. */
static inline int64_t request_timeout_ms(const request *r)
{
    return r->frame.op.timeout_ms;
}

/* CLOCK_NEVER: none. Core thread. */
static inline int64_t request_deadline_ns(const request *r)
{
    return r->frame.op.thread_data.deadline_ns;
}

/* The result that the program gets on success. */
static inline void request_set_result(request *r, void *result)
{
    r->frame.result = result;
}

/* See call_parts_begin(). */
call_scope request_parts_begin(const request *r);
void request_parts_end(call_scope before);

/* Sets the options of a part of the request, which has no timeout of its own. */
void request_part_options(const request *r, boxd_call_options *call);

/*
 * Submits other operations as steps, one at a time. Between step_begin() and step_submitted() the caller
 * calls the function of the step with `call`, a callback of its own, and the request as user data. The
 * callback runs on the core thread and begins with step_over(). False: out of memory. A deadline, cancel
 * or close of the request ends its step.
 */
bool step_begin(request *r, boxd_call_options *call);
void step_submitted(request *r);
void step_over(request *r);

static inline request *request_of(op *o)
{
    return CONTAINER_OF(o, request, frame.op);
}

#endif
