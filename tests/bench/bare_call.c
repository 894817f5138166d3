/* Channels and unary calls of the bare contestants. Called on any thread. */
#include "bare_call.h"

#include "contestant.h"

#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<grpc/credentials.h>) /* in newer gRPC */
#include <grpc/credentials.h>
#endif

enum { TIMEOUT_S = 60, MAX_FRAME_BYTES = 256 * 1024 };

static bare_channel shared;

static grpc_arg number(char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = key, .value.integer = value};
}

/* As the library's channel, but gRPC checks the deadlines of calls, for which the library has timers of its
 * own. */
static grpc_channel *open_channel(const char *target)
{
    char retries[] = GRPC_ARG_ENABLE_RETRIES, authority[] = GRPC_ARG_DISABLE_CLIENT_AUTHORITY_FILTER;
    char frame[] = GRPC_ARG_HTTP2_MAX_FRAME_SIZE;
    grpc_arg args[] = {number(retries, 0), number(authority, 1), number(frame, MAX_FRAME_BYTES)};
    const grpc_channel_args all = {sizeof args / sizeof *args, args};
    grpc_channel_credentials *plain = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, plain, &all);
    grpc_channel_credentials_release(plain);
    return channel;
}

static void open_shared(void)
{
    static char bearer[4096];
    const char *url = setting("BOXD_API_URL");
    if (strncmp(url, "http://", 7) != 0)
        fail(url, "not a plaintext URL");
    grpc_init();
    snprintf(bearer, sizeof bearer, "Bearer %s", setting("BOXD_TOKEN"));
    shared.channel = open_channel(url + 7);
    shared.authority = grpc_slice_from_static_string(url + 7);
    shared.metadata[0] = (grpc_metadata){.key = grpc_slice_from_static_string("authorization"),
                                         .value = grpc_slice_from_static_string(bearer)};
    shared.metadata[1] = (grpc_metadata){.key = grpc_slice_from_static_string("x-boxd-c-sdk-version"),
                                         .value = grpc_slice_from_static_string("0.1.0")};
}

bare_channel *bare_channel_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_shared);
    return &shared;
}

void bare_call_begin(bare_call *c, grpc_completion_queue *queue, void *tag)
{
    bare_channel *b = bare_channel_get();
    *c = (bare_call){.details = grpc_empty_slice()};
    grpc_metadata_array_init(&c->initial);
    grpc_metadata_array_init(&c->trailing);
    const gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(TIMEOUT_S, GPR_TIMESPAN));
    c->call = grpc_channel_create_call(b->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                       grpc_slice_from_static_string(BOXD_API "Whoami"), &b->authority,
                                       deadline, NULL);
    c->request = grpc_raw_byte_buffer_create(NULL, 0);
    const grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = 2, .metadata = b->metadata}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = c->request},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA,
         .data.recv_initial_metadata.recv_initial_metadata = &c->initial},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &c->reply},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &c->trailing,
                                        .status = &c->status,
                                        .status_details = &c->details}},
    };
    if (grpc_call_start_batch(c->call, ops, sizeof ops / sizeof *ops, tag, NULL) != GRPC_CALL_OK)
        fail("Whoami", "the batch was refused");
}

void bare_call_end(bare_call *c)
{
    if (c->status != GRPC_STATUS_OK)
        fail("Whoami", "the call failed");
    grpc_call_unref(c->call);
    grpc_slice_unref(c->details);
    grpc_byte_buffer_destroy(c->request);
    grpc_byte_buffer_destroy(c->reply);
    grpc_metadata_array_destroy(&c->initial);
    grpc_metadata_array_destroy(&c->trailing);
}

grpc_completion_queue *bare_queue_new(void)
{
    bare_channel_get();
    return grpc_completion_queue_create_for_next(NULL);
}

void bare_queue_free(grpc_completion_queue *queue)
{
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        continue;
    grpc_completion_queue_destroy(queue);
}
