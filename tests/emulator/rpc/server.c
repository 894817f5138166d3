/*
 * server.c: accepts calls, applies faults before and after a handler, checks tokens, calls the handlers. Core
 * thread only.
 */
#include "rpc/server.h"

#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<grpc/credentials.h>) /* in newer gRPC */
#include <grpc/credentials.h>
#endif

#include "base/auth.h"
#include "rpc/call.h"
#include "rpc/generation.h"
#include "rpc/methods.h"

enum { OUTSTANDING_ACCEPTS = 128 };

/* all core thread only */
static grpc_server *server;
static int64_t latency;
static bool closing;
static void (*on_drained)(void);

/* ---- unary ---- */

static void reply_now(call *c, int code)
{
    if (code == 0 && c->reply != NULL)
        generation_trim(c->reply);
    call_finish(c, code, code ? c->error : NULL, code ? NULL : c->reply);
}

static void reply_late(loop_timer *timer)
{
    call *c = container_of(timer, call, timer);
    int code = c->record.status;
    reply_now(c, code);
    call_unref(c);
}

static void got_refused(call *c, grpc_byte_buffer *packed)
{
    if (packed != NULL)
        grpc_byte_buffer_destroy(packed);
    call_finish(c, c->refusal, c->error, NULL);
    if (c->timer.prev == NULL) /* refuse_without_message() was first */
        return;
    loop_timer_stop(&c->timer);
    call_unref(c);
}

static void refuse_without_message(loop_timer *timer)
{
    call *c = container_of(timer, call, timer);
    call_finish(c, c->refusal, c->error, NULL);
    call_unref(c);
}

/* Ends a call that has no handler, once its first message was read. A status that arrives while a client
 * still writes its first message fails that write, and the client then reports the failure of the write
 * (grpcio's asyncio API: INTERNAL). A client that sends no message gets the status after a short wait. */
static void refuse(call *c, int code)
{
    enum { MESSAGE_WAIT_MS = 300 };
    c->refusal = code;
    call_ref(c);
    loop_timer_start(&c->timer, MESSAGE_WAIT_MS, refuse_without_message);
    call_receive(c, got_refused);
}

/* Ends the call as its fault demands. False if the fault does not end the call. */
static bool end_by_fault(call *c)
{
    if (c->fault.close) {
        call_drop_connection(c);
        call_finish(c, GRPC_STATUS_UNAVAILABLE, "the connection was dropped by an injected fault", NULL);
        return true;
    }
    if (c->fault.hang) { /* until the client cancels: see closed() */
        if (c->closed_seen)
            call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
        return true;
    }
    if (c->fault.code == 0)
        return false;
    if (c->record.request_messages > 0)
        call_finish(c, c->fault.code, c->fault.message, NULL);
    else
        refuse(c, call_error(c, c->fault.code, "%s", c->fault.message));
    return true;
}

void call_complete(call *c, int code)
{
    if (c->fault.active && c->fault.after && end_by_fault(c))
        return;
    int64_t delay = latency + (c->fault.active && c->fault.after ? c->fault.delay_ms : 0);
    if (delay <= 0) {
        reply_now(c, code);
        return;
    }
    c->record.status = code;
    call_ref(c);
    loop_timer_start(&c->timer, delay, reply_late);
}

/* Replies with the message of the fault instead of the handler's. */
static void reply_with_fault(call *c)
{
    grpc_slice slice = grpc_slice_from_static_buffer(c->fault.reply, c->fault.reply_size);
    grpc_byte_buffer *packed = grpc_raw_byte_buffer_create(&slice, 1);
    c->reply = message_unpack(c->method->types->output, packed, &c->memory);
    if (c->reply == NULL)
        call_finish(c, GRPC_STATUS_INTERNAL, "the reply of the injected fault is malformed", NULL);
    else
        call_complete(c, 0);
}

static void got_request(call *c, grpc_byte_buffer *packed)
{
    const ProtobufCMethodDescriptor *types = c->method->types;
    int refused = call_unpack(c, types->input, packed, &c->memory, &c->request);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
        return;
    }
    if (c->fault.active && c->fault.has_reply) {
        reply_with_fault(c);
        return;
    }
    generation_trim(c->request);
    c->reply = arena_alloc(&c->memory, types->output->sizeof_message);
    protobuf_c_message_init(types->output, c->reply);
    int code = c->method->handler->unary(c, c->request, c->reply);
    if (code != CALL_LATER)
        call_complete(c, code);
}

/* ---- from the arrival to the handler ---- */

static bool slice_is(grpc_slice slice, const char *text)
{
    return grpc_slice_str_cmp(slice, text) == 0;
}

static const char *check_token(const call *c)
{
    const grpc_slice *value = NULL;
    for (size_t i = 0; i < c->metadata.count; i++) {
        if (slice_is(c->metadata.metadata[i].key, "authorization"))
            value = &c->metadata.metadata[i].value;
    }
    if (value == NULL)
        return auth_check(NULL, 0);
    return auth_check((const char *)GRPC_SLICE_START_PTR(*value), GRPC_SLICE_LENGTH(*value));
}

static void handle(call *c)
{
    const rpc_method *method = c->method;
    const char *problem = method->is_public ? NULL : check_token(c);
    if (problem != NULL) {
        refuse(c, call_error(c, GRPC_STATUS_UNAUTHENTICATED, "%s", problem));
    } else if (method->unsupported != NULL) {
        refuse(c, call_error(c, GRPC_STATUS_UNIMPLEMENTED, "%s", method->unsupported));
    } else if (method->handler == NULL) {
        refuse(c,
               call_error(c, GRPC_STATUS_UNIMPLEMENTED, "boxd-emulator does not implement %s", method->name));
    } else {
        (void)snprintf(c->user_id, sizeof c->user_id, "%s", AUTH_USER_ID);
        if (method->handler->stream != NULL)
            method->handler->stream(c);
        else
            call_receive(c, got_request);
    }
}

static void apply_fault_before(call *c)
{
    /* The handler of the stream applies after_bytes itself; exit_with_data and similar end no call here. */
    bool mid_stream = c->fault.after_bytes >= 0 || c->fault.after_input_bytes >= 0 || c->fault.truncate;
    if (c->fault.after || mid_stream || !end_by_fault(c))
        handle(c);
}

static void delayed(loop_timer *timer)
{
    call *c = container_of(timer, call, timer);
    apply_fault_before(c);
    call_unref(c);
}

static void dispatch(call *c)
{
    if (c->method == NULL) {
        char *path = grpc_slice_to_c_string(c->details.method);
        refuse(c, call_error(c, GRPC_STATUS_UNIMPLEMENTED, "unknown method %s", path));
        gpr_free(path);
        return;
    }
    c->fault = faults_take_rpc(c->method->name);
    if (c->fault.active && c->fault.delay_ms > 0 && !c->fault.after) {
        call_ref(c);
        loop_timer_start(&c->timer, c->fault.delay_ms, delayed);
    } else {
        apply_fault_before(c);
    }
}

static void closed(loop_tag *tag, bool ok)
{
    (void)ok;
    call *c = container_of(tag, call, close_tag);
    c->closed_seen = true;
    c->record.cancelled = c->was_cancelled != 0;
    if (c->closed != NULL)
        c->closed(c, c->was_cancelled != 0);
    else if (c->fault.active && c->fault.hang)
        call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
    call_unref(c);
}

static char *metadata_names(const call *c)
{
    size_t size = 1;
    for (size_t i = 0; i < c->metadata.count; i++)
        size += GRPC_SLICE_LENGTH(c->metadata.metadata[i].key) + 1;
    char *names = xmalloc(size), *p = names;
    for (size_t i = 0; i < c->metadata.count; i++) {
        grpc_slice key = c->metadata.metadata[i].key;
        if (p != names)
            *p++ = ',';
        memcpy(p, GRPC_SLICE_START_PTR(key), GRPC_SLICE_LENGTH(key));
        p += GRPC_SLICE_LENGTH(key);
    }
    *p = '\0';
    return names;
}

/* "x-boxd-<lang>-sdk-version: <version>" of any language. */
static char *sdk_version(const call *c)
{
    static const char prefix[] = "x-boxd-", suffix[] = "-sdk-version";
    for (size_t i = 0; i < c->metadata.count; i++) {
        grpc_slice key = c->metadata.metadata[i].key, value = c->metadata.metadata[i].value;
        const char *name = (const char *)GRPC_SLICE_START_PTR(key);
        size_t length = GRPC_SLICE_LENGTH(key);
        if (length > sizeof prefix + sizeof suffix - 2 && memcmp(name, prefix, sizeof prefix - 1) == 0 &&
            memcmp(name + length - (sizeof suffix - 1), suffix, sizeof suffix - 1) == 0)
            return xprintf("%.*s: %.*s", (int)length, name, (int)GRPC_SLICE_LENGTH(value),
                           (const char *)GRPC_SLICE_START_PTR(value));
    }
    return NULL;
}

static char *traceparent(const call *c)
{
    for (size_t i = 0; i < c->metadata.count; i++)
        if (grpc_slice_str_cmp(c->metadata.metadata[i].key, "traceparent") == 0)
            return xstrndup((const char *)GRPC_SLICE_START_PTR(c->metadata.metadata[i].value),
                            GRPC_SLICE_LENGTH(c->metadata.metadata[i].value));
    return NULL;
}

static void start_record(call *c)
{
    request_record *r = &c->record;
    char *peer = grpc_call_get_peer(c->grpc);
    r->peer = xstrdup(peer);
    gpr_free(peer);
    r->method = c->method ? xstrdup(c->method->name)
                          : xstrndup((const char *)GRPC_SLICE_START_PTR(c->details.method),
                                     GRPC_SLICE_LENGTH(c->details.method));
    r->metadata_names = metadata_names(c);
    r->sdk_version = sdk_version(c);
    r->traceparent = traceparent(c);
    r->started_ms = wall_ms();
    gpr_timespec deadline = gpr_convert_clock_type(c->details.deadline, GPR_CLOCK_MONOTONIC);
    if (gpr_time_cmp(deadline, gpr_inf_future(GPR_CLOCK_MONOTONIC)) != 0)
        r->deadline_ms = gpr_time_to_millis(gpr_time_sub(deadline, gpr_now(GPR_CLOCK_MONOTONIC)));
}

static void accept_next(void);

static void accepted(loop_tag *tag, bool ok)
{
    call *c = container_of(tag, call, accept_tag);
    if (!ok) { /* the server is shutting down */
        c->grpc = NULL;
        call_unref(c);
        return;
    }
    if (!closing)
        accept_next();
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    op.data.recv_close_on_server.cancelled = &c->was_cancelled;
    c->close_tag.run = closed;
    call_ref(c);
    grpc_call_start_batch(c->grpc, &op, 1, &c->close_tag, NULL);
    grpc_slice path = c->details.method;
    c->method = methods_find((const char *)GRPC_SLICE_START_PTR(path), GRPC_SLICE_LENGTH(path));
    start_record(c);
    dispatch(c);
}

static void accept_next(void)
{
    call *c = call_new();
    c->accept_tag.run = accepted;
    grpc_completion_queue *queue = loop_queue();
    if (grpc_server_request_call(server, &c->grpc, &c->details, &c->metadata, queue, queue, &c->accept_tag) !=
        GRPC_CALL_OK)
        call_unref(c);
}

/* ---- the listener ---- */

static grpc_server_credentials *make_credentials(const server_options *o)
{
    if (o->cert_pem == NULL)
        return grpc_insecure_server_credentials_create();
    grpc_ssl_pem_key_cert_pair pair = {o->key_pem, o->cert_pem};
    return grpc_ssl_server_credentials_create_ex(
        o->client_ca_pem, &pair, 1,
        o->client_ca_pem ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                         : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
        NULL);
}

static grpc_arg int_arg(const char *name, int value)
{
    grpc_arg arg = {.type = GRPC_ARG_INTEGER, .value.integer = value};
    memcpy(&arg.key, &name, sizeof name); /* the struct has no const; gRPC copies the key */
    return arg;
}

int server_start(const server_options *o, char *why, unsigned why_size)
{
    grpc_arg args[] = {
        int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, o->max_receive_bytes),
        int_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1),
        int_arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, o->max_concurrent_streams),
        /* Newer gRPC refuses calls beyond 1,000 that wait to be accepted. */
        int_arg("grpc.server.max_pending_requests", INT32_MAX),
        int_arg("grpc.server.max_pending_requests_hard_limit", INT32_MAX),
        /* Windows of a fixed size: newer gRPC lets them grow to many megabytes. */
        int_arg(GRPC_ARG_HTTP2_BDP_PROBE, 0),
        /* A second emulator on the same port must fail instead of sharing it. */
        int_arg(GRPC_ARG_ALLOW_REUSEPORT, 0),
        /* Clients may send any number of pings: tests exercise their keepalive. */
        int_arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100),
        int_arg(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0),
        int_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
    };
    grpc_channel_args list = {count_of(args), args};
    latency = o->latency_ms;
    server = grpc_server_create(&list, NULL);
    grpc_server_register_completion_queue(server, loop_queue(), NULL);
    char address[300];
    (void)snprintf(address, sizeof address, strchr(o->host, ':') ? "[%s]:%d" : "%s:%d", o->host, o->port);
    grpc_server_credentials *credentials = make_credentials(o);
    int port = credentials ? grpc_server_add_http2_port(server, address, credentials) : 0;
    grpc_server_credentials_release(credentials);
    if (port <= 0) {
        (void)snprintf(why, why_size, "cannot listen on %s for gRPC (is the port taken?)", address);
        return -1;
    }
    grpc_server_start(server);
    for (int i = 0; i < OUTSTANDING_ACCEPTS; i++)
        accept_next();
    return port;
}

static void shutdown_done(loop_tag *tag, bool ok)
{
    (void)tag;
    (void)ok;
    on_drained();
}

static loop_tag shutdown_tag = {shutdown_done};

void server_shutdown(void (*drained)(void))
{
    closing = true;
    on_drained = drained;
    grpc_server_shutdown_and_notify(server, loop_queue(), &shutdown_tag);
    grpc_server_cancel_all_calls(server);
}

void server_destroy(void)
{
    if (server != NULL)
        grpc_server_destroy(server);
    server = NULL;
}
