#include "unary.h"

#include "errors.h"
#include "mem.h"

static void on_done(api_call *c, const boxd_error *error);

static const call_events events = {.done = on_done};

static unary *unary_of(op *o)
{
    return (unary *)(void *)o;
}

static void start(op *o)
{
    unary *u = unary_of(o);
    call_start_unary(&u->call, &u->request, &u->operation->method, &events);
}

static void stop(op *o)
{
    call_stop(&unary_of(o)->call);
}

/* Asks the other way, if there is one for this failure. */
static bool ask_otherwise(unary *u, const boxd_error *error)
{
    const operation *kind = u->operation;
    if (!kind->otherwise || error->status != kind->otherwise_on)
        return false;
    grpc_slice message;
    if (!kind->rebuild(u, &message))
        return false;
    call_clear(&u->call);
    call_set_message(&u->call, message);
    u->operation = kind->otherwise;
    start(&u->request.op);
    return true;
}

static void on_done(api_call *c, const boxd_error *error)
{
    unary *u = unary_of(&c->owner->op);
    if (error) {
        if (!ask_otherwise(u, error))
            op_finish(&u->request.op, error);
        return;
    }
    boxd_error own = BOXD_ERROR_INIT;
    ProtobufCMessage *reply = wire_unpack(u->operation->reply, c->rpc.reply, &own);
    if (reply && u->operation->map)
        u->request.result = u->operation->map(u, reply, &own);
    wire_free(reply);
    op_finish(&u->request.op, own.status == BOXD_OK ? NULL : &own);
}

static void destroy(op *o)
{
    unary *u = unary_of(o);
    call_clear(&u->call);
    mem_free(u->key);
    request_free(&u->request);
}

static const op_class class = {start, stop, request_deliver, destroy};

unary *unary_new(const operation *kind, boxd_compute *compute, const boxd_call_options *options,
                 bool options_are_member, const char *subject, const char *key, sink s)
{
    unary *u = request_new(sizeof *u, &class, compute, options, options_are_member,
                           compute ? compute->config.timeout_ms : 0, subject, s);
    if (!u)
        return NULL;
    u->operation = kind;
    u->key = mem_strdup(key);
    if (key && !u->key)
        error_no_memory(request_error(&u->request), "starting a call");
    return u;
}

static void submit(unary *u, bool packed, grpc_slice message)
{
    if (packed)
        call_set_message(&u->call, message);
    else if (u->request.op.error.status == BOXD_OK)
        error_no_memory(request_error(&u->request), "starting a call");
    op_submit(&u->request.op);
}

void unary_submit(unary *u, const ProtobufCMessage *message)
{
    grpc_slice packed = grpc_empty_slice();
    bool done = u->request.op.error.status == BOXD_OK && wire_pack(message, &packed);
    submit(u, done, packed);
}

void unary_submit_string(unary *u, const char *field_1)
{
    grpc_slice packed = grpc_empty_slice();
    bool done =
        u->request.op.error.status == BOXD_OK && wire_pack_string(u->operation->request, 1, field_1, &packed);
    submit(u, done, packed);
}
