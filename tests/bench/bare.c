/* The same call with the gRPC core alone, for comparison. */
#include "bare.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<grpc/credentials.h>) /* in newer gRPC */
#include <grpc/credentials.h>
#endif

struct bare {
    grpc_channel *channel;
    char bearer[4096];
};

struct bare_plucker {
    bare *bare;
    grpc_completion_queue *queue;
};

typedef struct bare_call {
    grpc_call *call;
    grpc_byte_buffer *request, *reply;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice details;
} bare_call;

bare *bare_new(void)
{
    const char *url = getenv("BOXD_API_URL"), *token = getenv("BOXD_TOKEN");
    if (!url || strncmp(url, "http://", 7) != 0 || !token)
        return NULL;
    grpc_init();
    bare *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    snprintf(b->bearer, sizeof b->bearer, "Bearer %s", token);
    grpc_channel_credentials *plain = grpc_insecure_credentials_create();
    char retries[] = GRPC_ARG_ENABLE_RETRIES; /* off, as in the library: both sides use the same filters */
    grpc_arg arg = {.type = GRPC_ARG_INTEGER, .key = retries, .value.integer = 0};
    const grpc_channel_args args = {1, &arg};
    b->channel = grpc_channel_create(url + 7, plain, &args);
    grpc_channel_credentials_release(plain);
    return b;
}

void bare_free(bare *b)
{
    if (!b)
        return;
    grpc_channel_destroy(b->channel);
    free(b);
    grpc_shutdown();
}

static void begin(bare *b, grpc_completion_queue *queue, bare_call *c)
{
    *c = (bare_call){.details = grpc_empty_slice()};
    grpc_metadata_array_init(&c->initial);
    grpc_metadata_array_init(&c->trailing);
    grpc_metadata metadata[] = {
        {.key = grpc_slice_from_static_string("authorization"),
         .value = grpc_slice_from_static_string(b->bearer)},
        {.key = grpc_slice_from_static_string("x-boxd-c-sdk-version"),
         .value = grpc_slice_from_static_string("0.1.0")},
    };
    gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(60, GPR_TIMESPAN));
    c->call = grpc_channel_create_call(b->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                       grpc_slice_from_static_string("/boxd.api.v1.BoxdApi/Whoami"), NULL,
                                       deadline, NULL);
    c->request = grpc_raw_byte_buffer_create(NULL, 0);
    const grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = 2, .metadata = metadata}},
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
    if (grpc_call_start_batch(c->call, ops, sizeof ops / sizeof *ops, c, NULL) != GRPC_CALL_OK)
        abort();
}

static void end(bare_call *c)
{
    if (c->status != GRPC_STATUS_OK) {
        fprintf(stderr, "the bare call failed: %d\n", (int)c->status);
        exit(1);
    }
    grpc_call_unref(c->call);
    grpc_slice_unref(c->details);
    grpc_byte_buffer_destroy(c->request);
    grpc_byte_buffer_destroy(c->reply);
    grpc_metadata_array_destroy(&c->initial);
    grpc_metadata_array_destroy(&c->trailing);
}

static void drain(grpc_completion_queue *queue)
{
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
}

bare_plucker *bare_plucker_new(bare *b)
{
    bare_plucker *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    *p = (bare_plucker){b, grpc_completion_queue_create_for_pluck(NULL)};
    return p;
}

void bare_plucker_free(bare_plucker *p)
{
    if (!p)
        return;
    drain(p->queue);
    free(p);
}

void bare_pluck(bare_plucker *p)
{
    bare_call c;
    begin(p->bare, p->queue, &c);
    grpc_completion_queue_pluck(p->queue, &c, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    end(&c);
}

long bare_in_flight(bare *b, int in_flight, double seconds)
{
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    bare_call *calls = calloc((size_t)in_flight, sizeof *calls);
    if (!calls)
        abort();
    gpr_timespec until = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                      gpr_time_from_nanos((int64_t)(seconds * 1e9), GPR_TIMESPAN));
    long made = 0;
    int left = in_flight;
    for (int i = 0; i < in_flight; i++)
        begin(b, queue, &calls[i]);
    while (left > 0) {
        bare_call *c = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).tag;
        end(c);
        made++;
        if (gpr_time_cmp(gpr_now(GPR_CLOCK_MONOTONIC), until) < 0)
            begin(b, queue, c);
        else
            left--;
    }
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        continue;
    grpc_completion_queue_destroy(queue);
    free(calls);
    return made;
}
