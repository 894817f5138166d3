/*
 * rpc.c: the batches of one gRPC call. Called by api calls, on the core thread, which also runs the events.
 */
#include "grpc/rpc.h"

#include "container_of.h"
#include "core/clock.h"
#include "grpc/deadline.h"
#include "invariant.h"
#include "mem.h"

#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The server gets the deadline as a duration and has a clock of its own: a status
 * DEADLINE_EXCEEDED that comes this early is that of the client's deadline. */
#define CLOCK_SKEW_NS (20 * INT64_C(1000000))

static void create_call(rpc *r, const rpc_events *events, const rpc_target *target)
{
    *r = (rpc){.events = events,
               .channel_received = target->channel_received,
               .deadline_ns = target->deadline_ns,
               .details = grpc_empty_slice()};
    grpc_metadata_array_init(&r->initial);
    grpc_metadata_array_init(&r->trailing);
    r->call = grpc_channel_create_call(target->channel, NULL, GRPC_PROPAGATE_DEFAULTS, target->queue,
                                       target->method, &target->authority,
                                       deadline_for_grpc(target->deadline_ns), NULL);
}

/* When gRPC refuses a batch, for example because of illegal metadata, the call ends in an internal error
 * instead of hanging: an empty batch posts the tag in its place. */
static void start_batch(rpc *r, const grpc_op *ops, size_t count, cq_tag *tag, void (*run)(cq_tag *, bool))
{
    tag->run = run;
    r->pending++;
    if (grpc_call_start_batch(r->call, ops, count, tag, NULL) != GRPC_CALL_OK) {
        r->refused = true;
        grpc_call_cancel_with_status(r->call, GRPC_STATUS_INTERNAL, "gRPC refused a batch", NULL);
        grpc_call_start_batch(r->call, NULL, 0, tag, NULL);
    }
}

static grpc_op send_metadata_op(const rpc_target *target)
{
    return (grpc_op){
        .op = GRPC_OP_SEND_INITIAL_METADATA,
        .data.send_initial_metadata = {.count = target->metadata_count, .metadata = target->metadata}};
}

static grpc_op receive_metadata_op(rpc *r)
{
    return (grpc_op){.op = GRPC_OP_RECV_INITIAL_METADATA,
                     .data.recv_initial_metadata.recv_initial_metadata = &r->initial};
}

static grpc_op receive_status_op(rpc *r)
{
    return (grpc_op){.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
                     .data.recv_status_on_client = {.trailing_metadata = &r->trailing,
                                                    .status = &r->status,
                                                    .status_details = &r->details,
                                                    .error_string = &r->error_string}};
}

static grpc_op receive_message_op(rpc *r)
{
    return (grpc_op){.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &r->incoming};
}

static grpc_op send_message_op(rpc *r, grpc_slice message)
{
    r->sending = grpc_raw_byte_buffer_create(&message, 1);
    r->sent_bytes += GRPC_SLICE_LENGTH(message);
    return (grpc_op){.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = r->sending};
}

static void free_sent(rpc *r)
{
    if (r->sending)
        grpc_byte_buffer_destroy(r->sending);
    r->sending = NULL;
}

static void finish_batch(rpc *r)
{
    BOXD_ASSERT(r->pending > 0);
    r->pending--;
    if (r->status_known && r->pending == 0)
        r->events->on_done(r);
}

/* The message that was received, which the caller owns; NULL: there was none. */
static grpc_byte_buffer *take_message(rpc *r, bool ok)
{
    grpc_byte_buffer *message = r->incoming;
    r->incoming = NULL;
    r->answered |= message != NULL;
    if (!message)
        return NULL;
    r->received_bytes += grpc_byte_buffer_length(message);
    if (ok)
        return message;
    grpc_byte_buffer_destroy(message);
    return NULL;
}

static void count_on_channel(const rpc *r, bool received)
{
    if (received && r->channel_received)
        ++*r->channel_received;
}

/* ---- the start and the end ---- */

/* The batch fails if gRPC did not pass all of it to a connection: there is none, no stream is free, the call
 * is over. A batch that also receives does not show that. */
static void on_started(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, started);
    r->started_ok = ok && !r->refused;
    if (!r->stream)
        free_sent(r);
    finish_batch(r);
}

static void on_metadata(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, metadata_received);
    r->headers_ns = clock_now();
    r->answered |= ok && r->initial.count > 0;
    count_on_channel(r, r->answered);
    finish_batch(r);
}

static void free_error_string(rpc *r)
{
    union {
        const char *constant;
        void *plain;
    } text = {.constant = r->error_string}; /* gRPC's type has a const, but the string is the caller's */
    gpr_free(text.plain);
    r->error_string = NULL;
}

/* gRPC's description of a status says "Error received from peer" if gRPC found the status in the trailing
 * metadata. In newer gRPC the description of such a status is its name and the details, without an attribute
 * of gRPC ("NOT_FOUND:no such box"); statuses that gRPC made before there was a connection look the same. */
static bool describes_trailers(const rpc *r)
{
    char peer[8];
    if (!r->error_string)
        return false;
    if (strstr(r->error_string, "Error received from peer"))
        return true;
    const char *details = (const char *)GRPC_SLICE_START_PTR(r->details);
    const size_t length = strnlen(details, GRPC_SLICE_LENGTH(r->details));
    const char *described = r->error_string + strspn(r->error_string, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    described += length > 0 && *described == ':';
    if (strlen(described) != length || memcmp(described, details, length) != 0)
        return false;
    rpc_peer(r, peer, sizeof peer);
    return *peer;
}

static void take_status(rpc *r)
{
    r->status_known = true;
    if (r->status > GRPC_STATUS_UNAUTHENTICATED) /* gRPC passes on each number that a server sends */
        r->status = GRPC_STATUS_UNKNOWN;
    count_on_channel(r, r->trailing.count > 0);
    r->in_trailers = describes_trailers(r);
    r->status_ns = clock_now();
    r->late = r->status == GRPC_STATUS_DEADLINE_EXCEEDED && r->status_ns >= r->deadline_ns - CLOCK_SKEW_NS;
    free_error_string(r);
}

static void on_status(cq_tag *tag, bool ok)
{
    (void)ok;
    rpc *r = CONTAINER_OF(tag, rpc, status_received);
    take_status(r);
    finish_batch(r);
}

/* ---- unary calls ---- */

static void on_response(cq_tag *tag, bool ok)
{
    (void)ok;
    rpc *r = CONTAINER_OF(tag, rpc, metadata_received);
    r->reply = take_message(r, true);
    r->received = r->reply != NULL;
    r->answered |= r->initial.count > 0;
    count_on_channel(r, r->answered);
    finish_batch(r);
}

/* Separate batches for the request and the status: the first shows what was sent, the second what has
 * arrived before the end. */
void rpc_start_unary(rpc *r, const rpc_events *events, const rpc_target *target, grpc_slice request)
{
    create_call(r, events, target);
    const grpc_op send[] = {
        send_metadata_op(target), send_message_op(r, request), {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}};
    const grpc_op receive[] = {receive_metadata_op(r), receive_message_op(r)};
    const grpc_op status = receive_status_op(r);
    start_batch(r, send, sizeof send / sizeof *send, &r->started, on_started);
    start_batch(r, receive, sizeof receive / sizeof *receive, &r->metadata_received, on_response);
    start_batch(r, &status, 1, &r->status_received, on_status);
}

static void on_second_message(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, message_received);
    grpc_byte_buffer *message = take_message(r, ok);
    if (message) {
        r->extra_message = true;
        grpc_byte_buffer_destroy(message);
        grpc_call_cancel(r->call, NULL);
    }
    finish_batch(r);
}

/* gRPC reports no status while a message is left. */
void rpc_check_end(rpc *r)
{
    const grpc_op receive = receive_message_op(r);
    if (r->status_known || !r->received || r->checks_end)
        return;
    r->checks_end = true;
    start_batch(r, &receive, 1, &r->message_received, on_second_message);
}

/* ---- streams ---- */

/* Only after the last message was read: once the status is requested, gRPC drops messages that came before a
 * status that is an error. */
static void request_status(rpc *r)
{
    const grpc_op status = receive_status_op(r);
    if (r->status_requested)
        return;
    r->status_requested = true;
    start_batch(r, &status, 1, &r->status_received, on_status);
}

void rpc_start_stream(rpc *r, const rpc_events *events, const rpc_target *target)
{
    create_call(r, events, target);
    r->stream = true;
    r->started_ns = clock_now();
    const grpc_op send = send_metadata_op(target), receive = receive_metadata_op(r);
    start_batch(r, &send, 1, &r->started, on_started);
    start_batch(r, &receive, 1, &r->metadata_received, on_metadata);
}

static void on_message(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, message_received);
    grpc_byte_buffer *message = take_message(r, ok);
    r->received |= message != NULL;
    count_on_channel(r, message != NULL);
    if (!message)
        request_status(r);
    r->events->on_message(r, message); /* may start the next batch, which on_done() then waits for */
    finish_batch(r);
}

void rpc_read(rpc *r)
{
    const grpc_op receive = receive_message_op(r);
    start_batch(r, &receive, 1, &r->message_received, on_message);
}

static void on_written(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, written);
    if (r->sending) {
        if (ok && !r->message_sent)
            r->message_sent_ns = clock_now();
        r->message_sent |= ok;
        r->message_failed |= !ok;
    }
    free_sent(r);
    r->events->on_written(r, ok);
    finish_batch(r);
}

void rpc_write(rpc *r, grpc_slice message, bool last)
{
    const grpc_op ops[] = {send_message_op(r, message), {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}};
    start_batch(r, ops, last ? 2 : 1, &r->written, on_written);
}

void rpc_half_close(rpc *r)
{
    const grpc_op close = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};
    start_batch(r, &close, 1, &r->written, on_written);
}

void rpc_cancel(rpc *r)
{
    if (!r->call || r->cancelled)
        return;
    r->cancelled = true;
    grpc_call_cancel(r->call, NULL);
    if (r->stream)
        request_status(r);
}

void rpc_expire(rpc *r)
{
    grpc_call_cancel_with_status(r->call, GRPC_STATUS_DEADLINE_EXCEEDED, "Deadline Exceeded", NULL);
}

void rpc_clear(rpc *r)
{
    if (!r->call)
        return;
    grpc_call_unref(r->call);
    grpc_slice_unref(r->details);
    free_sent(r);
    if (r->reply)
        grpc_byte_buffer_destroy(r->reply);
    if (r->incoming)
        grpc_byte_buffer_destroy(r->incoming);
    grpc_metadata_array_destroy(&r->initial);
    grpc_metadata_array_destroy(&r->trailing);
    *r = (rpc){0};
}

/* ---- peers, connections, metadata and secrets ---- */

/* gRPC reports the channel's target instead of a peer while there is no connection; a peer is a URI. */
static bool is_address(const char *peer)
{
    static const char *const schemes[] = {"ipv4:", "ipv6:", "unix:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(peer, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

void rpc_peer(const rpc *r, char *peer, size_t size)
{
    char *reported = grpc_call_get_peer(r->call);
    (void)snprintf(peer, size, "%s", reported && is_address(reported) ? reported : "");
    gpr_free(reported);
}

/* gRPC makes one security context for each connection, in plaintext too. */
rpc_connection *rpc_find_connection(const rpc *r)
{
    return grpc_call_auth_context(r->call);
}

void rpc_connection_release(rpc_connection *connection)
{
    if (connection)
        grpc_auth_context_release(connection);
}

bool rpc_next_metadata(const rpc *r, const char *name, size_t *index, char *value, size_t size)
{
    while (*index < r->initial.count) {
        const grpc_metadata *metadata = &r->initial.metadata[(*index)++];
        const size_t length = GRPC_SLICE_LENGTH(metadata->value);
        if (grpc_slice_str_cmp(metadata->key, name) != 0 || length >= size)
            continue;
        memcpy(value, GRPC_SLICE_START_PTR(metadata->value), length);
        value[length] = '\0';
        if (strlen(value) == length)
            return true;
    }
    return false;
}

static void free_secret(void *data, size_t size)
{
    mem_zero(data, size);
    mem_free(data);
}

grpc_slice rpc_secret_slice(char *text)
{
    return grpc_slice_new_with_len(text, strlen(text), free_secret);
}
