/* Answers Whoami. Called on the threads of the lean server. */
#include "server.h"

#include "contestant.h"
#include "message.h"

#include <grpc/byte_buffer.h>

typedef struct slot {
    event event;
    worker *worker;
    grpc_call *call;
    gpr_timespec deadline;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request, *reply;
} slot;

static void request(slot *s);

static void on_answered(event *e, bool ok)
{
    (void)ok;
    slot *s = (slot *)(void *)e;
    grpc_byte_buffer_destroy(s->reply);
    grpc_call_unref(s->call);
    request(s);
}

static grpc_byte_buffer *make_reply(void)
{
    static const char id[] = "7c9e6679-7425-40de-944b-e07fc1f90ae7", name[] = "bench";
    uint8_t message[64], *end = message_write_bytes(message, 1, id, sizeof id - 1);
    end = message_write_bytes(end, 5, name, sizeof name - 1);
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)message, (size_t)(end - message));
    grpc_byte_buffer *reply = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return reply;
}

static void on_requested(event *e, bool ok)
{
    slot *s = (slot *)(void *)e;
    if (!ok)
        return;
    s->reply = make_reply();
    const grpc_op ops[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                           {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = s->reply},
                           {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    grpc_metadata_array_destroy(&s->metadata);
    grpc_byte_buffer_destroy(s->request);
    e->run = on_answered;
    if (grpc_call_start_batch(s->call, ops, sizeof ops / sizeof *ops, e, NULL) != GRPC_CALL_OK)
        fail("the server", "a batch was refused");
}

static void request(slot *s)
{
    worker *w = s->worker;
    s->event.run = on_requested;
    grpc_metadata_array_init(&s->metadata);
    if (grpc_server_request_registered_call(w->server, w->whoami, &s->call, &s->deadline, &s->metadata,
                                            &s->request, w->queue, w->queue, s) != GRPC_CALL_OK)
        fail("the server", "a request for a call was refused");
}

void whoami_accept(worker *w)
{
    slot *s = allocate(1, sizeof *s);
    s->worker = w;
    request(s);
}
