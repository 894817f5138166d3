/* The batches of one streaming call. Called on the thread that runs the queue. */
#include "bare_stream.h"

#include "contestant.h"

#include <grpc/support/time.h>

static void start(bare_stream *s, const grpc_op *ops, size_t count, void (*on_event)(bare_stream *))
{
    s->on_event = on_event;
    if (grpc_call_start_batch(s->call, ops, count, s, NULL) != GRPC_CALL_OK)
        fail("a stream", "the batch was refused");
}

static void create(bare_stream *s, const char *method)
{
    s->details = grpc_empty_slice();
    s->sending = s->received = NULL;
    grpc_metadata_array_init(&s->initial);
    grpc_metadata_array_init(&s->trailing);
    s->call = grpc_channel_create_call(bare_channel_get()->channel, NULL, GRPC_PROPAGATE_DEFAULTS, s->queue,
                                       grpc_slice_from_static_string(method), &bare_channel_get()->authority,
                                       gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

static grpc_op send_metadata(void)
{
    return (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA,
                     .data.send_initial_metadata = {.count = 2, .metadata = bare_channel_get()->metadata}};
}

static grpc_op receive_metadata(bare_stream *s)
{
    return (grpc_op){.op = GRPC_OP_RECV_INITIAL_METADATA,
                     .data.recv_initial_metadata.recv_initial_metadata = &s->initial};
}

static grpc_op receive_message(bare_stream *s)
{
    return (grpc_op){.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &s->received};
}

static grpc_op send_message(bare_stream *s, grpc_slice *slices, size_t count)
{
    s->sending = grpc_raw_byte_buffer_create(slices, count);
    return (grpc_op){.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = s->sending};
}

static void free_sent(bare_stream *s)
{
    if (s->sending)
        grpc_byte_buffer_destroy(s->sending);
    s->sending = NULL;
}

/* ---- receiving ---- */

static void on_status(bare_stream *s)
{
    if (s->status != GRPC_STATUS_OK)
        fail("a stream", "the call failed");
    s->on_end(s);
}

static void on_received(bare_stream *s)
{
    grpc_byte_buffer *message = s->received;
    s->received = NULL;
    free_sent(s);
    if (message) {
        s->on_message(s, message);
        grpc_byte_buffer_destroy(message);
        if (s->reads)
            bare_stream_read(s);
        return;
    }
    const grpc_op status = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
                            .data.recv_status_on_client = {.trailing_metadata = &s->trailing,
                                                           .status = &s->status,
                                                           .status_details = &s->details}};
    start(s, &status, 1, on_status);
}

void bare_stream_read(bare_stream *s)
{
    const grpc_op receive = receive_message(s);
    start(s, &receive, 1, on_received);
}

void bare_stream_open(bare_stream *s, const char *method, grpc_slice request)
{
    create(s, method);
    const grpc_op ops[] = {send_metadata(),
                           send_message(s, &request, 1),
                           {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
                           receive_metadata(s),
                           receive_message(s)};
    start(s, ops, sizeof ops / sizeof *ops, on_received);
    grpc_slice_unref(request);
}

/* ---- sending ---- */

void bare_stream_open_sender(bare_stream *s, const char *method)
{
    create(s, method);
    const grpc_op send = send_metadata();
    start(s, &send, 1, s->on_event);
}

void bare_stream_send(bare_stream *s, grpc_slice *slices, size_t count)
{
    free_sent(s);
    const grpc_op send = send_message(s, slices, count);
    start(s, &send, 1, s->on_event);
}

void bare_stream_finish(bare_stream *s)
{
    const grpc_op ops[] = {{.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, receive_metadata(s), receive_message(s)};
    start(s, ops, sizeof ops / sizeof *ops, on_received);
}

void bare_stream_free(bare_stream *s)
{
    free_sent(s);
    grpc_call_unref(s->call);
    grpc_slice_unref(s->details);
    grpc_metadata_array_destroy(&s->initial);
    grpc_metadata_array_destroy(&s->trailing);
}

void bare_queue_run(grpc_completion_queue *queue)
{
    bare_stream *s = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).tag;
    s->on_event(s);
}
