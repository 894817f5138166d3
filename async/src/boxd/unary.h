/*
 * unary.h: an operation that is one request, one reply and a mapping: most of the contract. Such an operation
 * is data.
 */
#ifndef BOXD_UNARY_H
#define BOXD_UNARY_H

#include "call.h"
#include "wire.h"

typedef struct unary unary;

typedef struct operation {
    method method;
    const ProtobufCMessageDescriptor *request, *reply;
    /* Makes the result of the reply, or sets `error`. NULL: there is none to make. */
    void *(*map)(const unary *u, const ProtobufCMessage *reply, boxd_error *error);
    /* What to ask instead when this one ends in `otherwise_on`; its request is made by `rebuild` of what the
     * first asked. */
    const struct operation *otherwise;
    boxd_status otherwise_on;
    bool (*rebuild)(const unary *u, grpc_slice *out);
} operation;

struct unary {
    request request;
    api_call call;
    const operation *operation;
    char *key; /* what was asked for, where the mapping needs it; or NULL */
};

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designated initialiser */
#define OPERATION_METHOD(rpc, is_read) .method = {.name = rpc, .path = METHOD_PATH(rpc), .read = (is_read)}

/* An operation ready to be sent, or NULL when the sink was called already. */
unary *unary_new(const operation *kind, boxd_compute *compute, const boxd_call_options *options,
                 bool options_are_member, const char *subject, const char *key, sink s);

/* Packs the request, which is borrowed, and submits. A fault found before is what it ends in. */
void unary_submit(unary *u, const ProtobufCMessage *message);

/* For requests of which field 1 is all. */
void unary_submit_string(unary *u, const char *field_1);

#endif
