/* fake_call.c: calls whose events the test makes. */
#include "fake_call.h"

#include "errors.h"

#include <check.h>
#include <string.h>

fake_call fake_stream, fake_unary;
bool fake_connection_up, fake_confirms, fake_stops_at_once;

/* The service has sent the status of the call that ended last. */
static bool answered;

/* ---- functions that the library calls ---- */

static void start(fake_call *f, api_call *c, request *owner, const method *m, const call_events *events)
{
    ck_assert_msg(!f->running, "a call runs already");
    *c = (api_call){.owner = owner,
                    .method = m,
                    .events = events,
                    .running = true,
                    .message = c->message,
                    .has_message = c->has_message,
                    .deadline_ns = c->deadline_ns};
    f->call = c;
    f->running = true;
    f->started++;
}

void call_set_message(api_call *c, grpc_slice message)
{
    c->message = message;
    c->has_message = true;
}

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events)
{
    start(&fake_unary, c, owner, m, events);
}

void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events)
{
    start(&fake_stream, c, owner, m, events);
}

bool call_start_after(api_call *c, const api_call *ended, const method *m, const call_events *events)
{
    if (fake_connection_up)
        start(&fake_unary, c, ended->owner, m, events);
    return fake_connection_up;
}

bool call_confirms(const api_call *c)
{
    (void)c;
    return fake_confirms;
}

bool call_was_answered(const api_call *c)
{
    (void)c;
    return answered;
}

void call_describe_wait(const api_call *c, boxd_error *error)
{
    (void)c;
    (void)error;
}

void call_stop(api_call *c)
{
    if (!c->running)
        return;
    c->stopped = true;
    if (fake_stops_at_once && c == fake_unary.call)
        fake_ended_in(&fake_unary, BOXD_ERR_CANCELLED, -1);
}

void call_clear(api_call *c)
{
    if (c->rpc.reply)
        grpc_byte_buffer_destroy(c->rpc.reply);
    c->rpc = (rpc){0};
    if (c->has_message)
        grpc_slice_unref(c->message);
    c->has_message = false;
}

static fake_call *fake_of(const rpc *r)
{
    ck_assert(fake_stream.running && r->call);
    ck_assert_ptr_eq(r, &fake_stream.call->rpc);
    return &fake_stream;
}

void rpc_read(rpc *r)
{
    fake_call *f = fake_of(r);
    ck_assert(!f->reading);
    f->reading = true;
    f->reads++;
}

void rpc_write(rpc *r, grpc_slice message, bool last)
{
    fake_call *f = fake_of(r);
    ck_assert(!f->writing && f->half_closes == 0);
    f->writing = true;
    f->writes++;
    f->half_closes += last;
    grpc_slice_unref(f->message);
    f->message = grpc_slice_ref(message);
}

void rpc_half_close(rpc *r)
{
    fake_call *f = fake_of(r);
    ck_assert(!f->writing && f->half_closes == 0);
    f->writing = true;
    f->half_closes++;
}

/* ---- functions for the tests ---- */

static grpc_byte_buffer *pack(const ProtobufCMessage *message)
{
    /* As gRPC allocates it: not with mem.h, whose allocations a test lets fail. */
    grpc_slice packed = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));
    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(packed));
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&packed, 1);
    grpc_slice_unref(packed);
    return bytes;
}

void fake_opened(void)
{
    static char connection;
    fake_call *f = &fake_stream;
    ck_assert(f->running);
    f->call->rpc = (rpc){.call = (grpc_call *)(void *)&connection};
    f->reading = f->writing = false;
    f->reads = f->writes = f->half_closes = 0;
    f->call->events->opened(f->call);
}

void fake_message(const ProtobufCMessage *message)
{
    rpc *r = &fake_stream.call->rpc;
    ck_assert(fake_stream.reading);
    fake_stream.reading = false;
    r->answered |= message != NULL;
    r->received |= message != NULL;
    fake_stream.call->events->message(r, message ? pack(message) : NULL);
}

void fake_written(bool ok)
{
    ck_assert(fake_stream.writing);
    fake_stream.writing = false;
    fake_stream.call->events->written(&fake_stream.call->rpc, ok);
}

void fake_ended(fake_call *f, const boxd_error *error)
{
    ck_assert(f->running);
    f->running = f->call->running = false;
    f->reading = f->writing = false;
    f->call->events->done(f->call, error);
}

void fake_ended_in(fake_call *f, boxd_status status, int grpc_code)
{
    boxd_error error;
    error_set_sent(&error, status, BOXD_SENT_YES, "the test ended it");
    error.grpc_code = grpc_code;
    answered = grpc_code >= 0;
    fake_ended(f, &error);
    answered = false;
}

void fake_replied(const ProtobufCMessage *message)
{
    fake_unary.call->rpc.reply = pack(message);
    fake_ended(&fake_unary, NULL);
}
