/*
 * unary.h: an operation that is one request, one reply and a mapping: most of the contract. Such an operation
 * is data.
 */
#ifndef BOXD_UNARY_H
#define BOXD_UNARY_H

#include "boxd/client/call.h"
#include "grpc/wire.h"
#include "record.h"

#include <boxd/aio/compute.h>

typedef struct unary unary;

typedef struct operation {
    method method;
    const ProtobufCMessageDescriptor *request, *reply;
    /* The numbers of the request's fields for the box's id and name, and for the id once more under today's
     * word for it, `vm`; 0: it has none. */
    uint8_t box_id, box_name, box_vm;
    bool box_optional; /* without a box it is about all of them */
    bool secret;       /* the reply carries a secret: it is wiped before it is freed */
    /* The result: a record of so many bytes, filled from the reply; or a list, `{ size_t count; const T
     * *const *items; }`, each item of so many bytes filled from a message of the reply's field 1; or what
     * `map` makes, or sets `error`. None of them: there is no result. With `handle`, what messages call such
     * an object, the record or each item is one: see handle_source. */
    const char *handle;
    size_t record_size, item_size;
    record_fill *fill;
    void *(*map)(const unary *u, const ProtobufCMessage *reply, boxd_error *error);
    /* What to ask instead when this one ends in `otherwise_on`, or in `otherwise_too` unless that is BOXD_OK;
     * its request is made by `rebuild` of what the first asked. */
    const struct operation *otherwise;
    boxd_status otherwise_on, otherwise_too;
    bool (*rebuild)(const unary *u, grpc_slice *out);
    /* A server without this one is remembered, and asked the other way at once from then on. */
    feature feature;
} operation;

struct unary {
    request request;
    api_call call;
    const operation *operation;
    grpc_slice body; /* the request without the box */
    char *key;       /* what was asked for, where mapping or rebuilding needs it; or NULL */
};

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designated initialiser */
#define OPERATION_METHOD(rpc, is_read) .method = {.name = rpc, .path = METHOD_PATH(rpc), .read = (is_read)}

/* The messages of an operation, in the generator's spelling: OPERATION_MESSAGES(start_vm). */
#define OPERATION_MESSAGES(rpc)                                                                              \
    .request = &boxd_pb__##rpc##_request__descriptor, .reply = &boxd_pb__##rpc##_response__descriptor

/* Makes such an operation, to be submitted with request_submit(). NULL: the sink has been called. As below.
 */
unary *unary_new(const operation *kind, const request_setup *setup, const char *key,
                 const ProtobufCMessage *message);

/* Makes such an operation and submits it. `message` is borrowed; NULL: all it says is which box. `key` is
 * copied, or NULL. */
void unary_submit(const operation *kind, const request_setup *setup, const char *key,
                  const ProtobufCMessage *message);

/* For those that act on a box and say no more than which. */
void unary_act(const operation *kind, boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
               void *user_data);

/* A `rebuild` for requests that say nothing. */
bool unary_ask_nothing(const unary *u, grpc_slice *out);

#endif
