/*
 * rpc_call.c: a unary call of an RPC that the program specifies. Called by the program on any thread;
 * after that everything runs on the core thread.
 */
#include "boxd/stream/rpc_method.h"
#include "container_of.h"
#include "mem.h"

#include <boxd/aio/rpc.h>

void boxd_rpc_reply_free(ProtobufCMessage *reply)
{
    wire_free(reply);
}

static void free_reply(void *reply)
{
    wire_free(reply);
}

RESULT_TYPE(RESULT_REPLY, boxd_rpc_reply_cb, free_reply);

typedef struct named_call {
    request request;
    api_call call;
    rpc_method method;
    grpc_slice body;
} named_call;

static named_call *named_of(request *r)
{
    return CONTAINER_OF(r, named_call, request);
}

static void on_done(api_call *c, const boxd_error *error)
{
    named_call *n = named_of(c->owner);
    boxd_error own = BOXD_ERROR_INIT;
    if (error)
        own = *error;
    else
        request_set_result(&n->request, wire_unpack(n->method.reply, c->rpc.reply,
                                                    n->request.compute->config.max_response_bytes, &own));
    request_finish(&n->request, own.status == BOXD_OK ? NULL : &own);
}

static void begin(request *r)
{
    static const call_events events = {.done = on_done};
    named_call *n = named_of(r);
    call_set_message(&n->call, grpc_slice_ref(n->body));
    call_start_unary(&n->call, r, &n->method.method, &events);
}

static void stop(request *r)
{
    call_stop(&named_of(r)->call);
}

static void destroy(request *r)
{
    named_call *n = named_of(r);
    call_clear(&n->call);
    grpc_slice_unref(n->body);
    rpc_method_free(&n->method);
}

void boxd_aio_rpc_call(boxd_compute *compute, const boxd_rpc_method *named, const ProtobufCMessage *message,
                       const boxd_call_options *call, boxd_rpc_reply_cb callback, void *user_data)
{
    static const request_kind kind = {begin, stop, NULL, destroy};
    named_call *n = request_new(
        sizeof *n, &kind,
        &(request_setup){.compute = compute, .call = call, .sink = SINK(RESULT_REPLY, callback, user_data)});
    if (!n)
        return;
    boxd_error *error = request_error(&n->request);
    n->body = grpc_empty_slice();
    if (error->status == BOXD_OK && rpc_method_init(&n->method, named, false, error) == BOXD_OK && message)
        rpc_method_pack(&n->method, message, &n->body, error);
    request_submit(&n->request);
}
