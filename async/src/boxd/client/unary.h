/*
 * unary.h: operations that consist of one request, one reply and a mapping: most of the contract. Such an
 * operation is data.
 */
#ifndef BOXD_UNARY_H
#define BOXD_UNARY_H

#include "boxd/client/call.h"
#include "boxd/client/handle.h"
#include "grpc/wire.h"
#include "record.h"

#include <boxd/aio/compute.h>

typedef struct unary unary;

typedef struct unary_operation {
    method method;
    const ProtobufCMessageDescriptor *request, *reply;

    /* The numbers of the request's fields for the box: its id, its name, and its id in the field `vm`, which
     * service 0.2 reads; 0: the request has no such field. */
    uint8_t box_id, box_name, box_vm;
    /* Without a box the operation applies to all boxes. */
    bool box_optional;
    /* The reply holds a secret: it is zeroed before it is freed. */
    bool secret;

    /* The result, if one of these members is set. With `record_size`: a record of that size, which `fill`
     * fills from the reply. With `item_size`: a list, `{ size_t count; T *const *items; }`, whose items
     * `fill` fills, each from a message of the reply's field 1. With `map`: the value that it returns, or
     * the error that it sets. */
    size_t record_size, item_size;
    record_fill *fill;
    void *(*map)(const unary *u, const ProtobufCMessage *reply, boxd_error *error);
    /* The record, or each item, starts with a handle; this is its kind for messages, "disk". */
    const char *handle;

    /* What the operation makes, and the function that shows it, for messages after a failure that may have
     * had its effect: "box", "boxd_box_list()". NULL: nothing that lasts. `key`, if there is one, is its
     * name; else the subject of the request has the name. */
    const char *makes, *shown_by;

    /* The next step if the name is taken, for the message of that failure; or NULL. */
    const char *advice_if_taken;

    /* The operation that replaces this one if it ends in a status of `fallback_on` (BOXD_OK: not used), and
     * the function that makes its request from the request of this operation. */
    const struct unary_operation *fallback;
    boxd_status fallback_on[2];
    bool (*make_fallback_request)(const unary *u, grpc_slice *out);
    /* Remembers that a server does not have this operation: later calls use the fallback at once. */
    feature feature;
} unary_operation;

struct unary {
    request request;
    api_call call;
    const unary_operation *operation;
    /* The request without the fields for the box. */
    grpc_slice body;
    /* The argument of the program, if `map`, make_fallback_request or the message of a failure needs it; or
     * NULL. */
    char *key;
    /* While the reply is mapped: the memory that the result may take. */
    record_limit *limit;
};

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designated initialiser */
#define OPERATION_METHOD(rpc, is_read) .method = {.name = rpc, .path = METHOD_PATH(rpc), .read = (is_read)}

/* The messages of an operation, in the generator's spelling: OPERATION_MESSAGES(start_vm). */
#define OPERATION_MESSAGES(rpc)                                                                              \
    .request = &boxd_pb__##rpc##_request__descriptor, .reply = &boxd_pb__##rpc##_response__descriptor

/* Makes an operation, to be submitted with request_submit(). `message` is borrowed, and NULL for a request
 * that only names the box; `key` is copied, or NULL. NULL: the sink has been called. */
unary *unary_new(const unary_operation *kind, const request_setup *setup, const char *key,
                 const ProtobufCMessage *message);

/* Makes an operation and submits it. */
void unary_submit(const unary_operation *kind, const request_setup *setup, const char *key,
                  const ProtobufCMessage *message);

/* Submits an operation whose request has no fields, or only those for the box: on `box`, or without a box on
 * `compute`. */
void unary_submit_empty(const unary_operation *kind, boxd_compute *compute, boxd_box *box,
                        const boxd_call_options *call, sink s);

/* Submits such an operation on a box, without a result. */
void unary_submit_void(const unary_operation *kind, boxd_box *box, const boxd_call_options *call,
                       boxd_done_cb callback, void *user_data);

/* Whether the request of a failed write may have had its effect: it was sent, and the service has not refused
 * it. */
bool unary_may_have_effect(const boxd_error *error);

/* For `map`: the source of a handle of `size` bytes, made with the operation's `fill`. */
handle_source unary_handle_source(const unary *u, const char *kind, size_t size);

/* As make_fallback_request, for a request without fields. */
bool unary_empty_request(const unary *u, grpc_slice *out);

#endif
