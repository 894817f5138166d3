/*
 * request.h: an operation of the public surface: what all of them share, whatever they send.
 */
#ifndef BOXD_REQUEST_H
#define BOXD_REQUEST_H

#include "compute.h"
#include "core.h"

typedef void (*any_callback)(void);

/* Where a result goes. One constant per callback type. */
typedef struct result_type {
    /* Calls `callback` as what it is. error NULL: success. */
    void (*call)(any_callback callback, void *result, const boxd_error *error, void *user_data);
    void (*free_result)(void *result); /* NULL: there is no result */
} result_type;

typedef struct sink {
    const result_type *type;
    any_callback callback; /* or NULL */
    void *user_data;
} sink;

extern const result_type RESULT_DONE; /* boxd_done_cb */

typedef struct request {
    op op;
    boxd_compute *compute;
    sink sink;
    void *result;
    char *subject; /* for messages: `box "web-7"`; or NULL */
} request;

/* Calls the program at once: for failures that leave no operation to carry them. */
void sink_fail_now(const sink *s, boxd_status status, const char *message);

/*
 * Allocates an operation of `size` bytes that starts with a request. `compute` NULL or no memory: the sink
 * has been called, and NULL is returned. `call` is checked: a fault is left in op.error. `subject` is copied.
 */
void *request_new(size_t size, const op_class *class, boxd_compute *compute, const boxd_call_options *call,
                  bool call_is_member, int64_t default_timeout_ms, const char *subject, sink s);

/* Where building it met a fault: what the operation ends in. */
boxd_error *request_error(request *r);

/* What an operation ends in that has a failure found on this side and the outcome of its call: the failure,
 * since it is what ended the call; but a stop's own error stands. NULL: success. */
const boxd_error *request_outcome(const request *r, const boxd_error *failure, const boxd_error *outcome);

/* For op_class: deliver, and the request's part of destroy. */
void request_deliver(op *o);
void request_free(request *r);

static inline request *request_of(op *o)
{
    return (request *)(void *)o;
}

#endif
