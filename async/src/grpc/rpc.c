/*
 * rpc.c: the batches of one gRPC call. Called by api calls, on the core thread, which also runs the events.
 */
#include "grpc/rpc.h"

#include "container_of.h"
#include "core/clock.h"
#include "invariant.h"
#include "mem.h"

#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void create_call(rpc *r, const rpc_events *events, const rpc_target *target)
{
    *r = (rpc){.events = events, .channel_received = target->channel_received, .details = grpc_empty_slice()};
    grpc_metadata_array_init(&r->initial);
    grpc_metadata_array_init(&r->trailing);
    gpr_timespec deadline = target->deadline_ns == CLOCK_NEVER
                                ? gpr_inf_future(GPR_CLOCK_MONOTONIC)
                                : gpr_time_from_nanos(target->deadline_ns, GPR_CLOCK_MONOTONIC);
    r->call = grpc_channel_create_call(target->channel, NULL, GRPC_PROPAGATE_DEFAULTS, target->queue,
                                       target->method, NULL, deadline, NULL);
}

/* When gRPC refuses a batch, for example because of illegal metadata, the call ends in an internal error
 * instead of hanging: an empty batch posts the tag in its place. */
static void start_batch(rpc *r, const grpc_op *ops, size_t count, cq_tag *tag, void (*run)(cq_tag *, bool))
{
    tag->run = run;
    r->pending++;
    if (grpc_call_start_batch(r->call, ops, count, tag, NULL) != GRPC_CALL_OK) {
        r->status = GRPC_STATUS_INTERNAL;
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
                                                    .status_details = &r->details}};
}

static grpc_op receive_message_op(rpc *r)
{
    return (grpc_op){.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &r->reply};
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

static void count_received(rpc *r, grpc_byte_buffer *message)
{
    if (message)
        r->received_bytes += grpc_byte_buffer_length(message);
}

static void count_on_channel(const rpc *r, bool received)
{
    if (received && r->channel_received)
        ++*r->channel_received;
}

static void on_unary_done(cq_tag *tag, bool ok)
{
    (void)ok;
    rpc *r = CONTAINER_OF(tag, rpc, started);
    count_received(r, r->reply);
    r->answered = r->initial.count > 0 || r->reply;
    count_on_channel(r, r->answered || r->trailing.count > 0);
    r->status_known = true;
    finish_batch(r);
}

void rpc_start_unary(rpc *r, const rpc_events *events, const rpc_target *target, grpc_slice request)
{
    create_call(r, events, target);
    const grpc_op ops[] = {
        send_metadata_op(target), send_message_op(r, request), {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        receive_metadata_op(r),   receive_message_op(r),       receive_status_op(r)};
    start_batch(r, ops, sizeof ops / sizeof *ops, &r->started, on_unary_done);
}

static void on_started(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, started);
    r->answered |= ok && r->initial.count > 0;
    count_on_channel(r, r->answered);
    finish_batch(r);
}

static void on_status(cq_tag *tag, bool ok)
{
    (void)ok;
    rpc *r = CONTAINER_OF(tag, rpc, status_received);
    r->status_known = true;
    count_on_channel(r, r->trailing.count > 0);
    finish_batch(r);
}

/* For a stream only after its last message was read: once the status is requested, gRPC drops messages that
 * came before a status that is an error. */
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
    const grpc_op ops[] = {send_metadata_op(target), receive_metadata_op(r)};
    start_batch(r, ops, sizeof ops / sizeof *ops, &r->started, on_started);
}

static void on_message(cq_tag *tag, bool ok)
{
    rpc *r = CONTAINER_OF(tag, rpc, message_received);
    grpc_byte_buffer *message = r->reply;
    r->reply = NULL;
    count_received(r, message);
    r->answered |= message != NULL;
    r->received |= message != NULL;
    count_on_channel(r, message != NULL);
    if (!ok && message) {
        grpc_byte_buffer_destroy(message);
        message = NULL;
    }
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

void rpc_clear(rpc *r)
{
    if (!r->call)
        return;
    grpc_call_unref(r->call);
    grpc_slice_unref(r->details);
    free_sent(r);
    if (r->reply)
        grpc_byte_buffer_destroy(r->reply);
    grpc_metadata_array_destroy(&r->initial);
    grpc_metadata_array_destroy(&r->trailing);
    *r = (rpc){0};
}

/* Statuses that gRPC generates itself when the connection fails. All others come from the server. */
static bool may_be_local(grpc_status_code status)
{
    return status == GRPC_STATUS_CANCELLED || status == GRPC_STATUS_UNKNOWN ||
           status == GRPC_STATUS_DEADLINE_EXCEEDED || status == GRPC_STATUS_RESOURCE_EXHAUSTED ||
           status == GRPC_STATUS_INTERNAL || status == GRPC_STATUS_UNAVAILABLE;
}

/* Statuses that gRPC generates come without metadata from the server. Only its messages about failed connects
 * prove that nothing was sent. */
boxd_sent rpc_sent(const rpc *r)
{
    static const char *const not_sent[] = {"failed to connect to all addresses", "DNS resolution failed",
                                           "empty address list", "Deadline Exceeded before connecting"};
    if (r->answered || r->trailing.count > 0 || !may_be_local(r->status))
        return BOXD_SENT_YES;
    const char *details = (const char *)GRPC_SLICE_START_PTR(r->details);
    for (size_t i = 0; i < sizeof not_sent / sizeof *not_sent; i++) {
        size_t length = strlen(not_sent[i]);
        if (GRPC_SLICE_LENGTH(r->details) >= length && memcmp(details, not_sent[i], length) == 0)
            return BOXD_SENT_NO;
    }
    return r->call ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

/* ---- peers, metadata and secrets ---- */

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
