/*
 * bare_call.h: calls with the gRPC C core alone: the same metadata and deadline as the library's, no retries,
 * no errors, no decoded responses. The floor for every client in C.
 */
#ifndef BENCH_BARE_CALL_H
#define BENCH_BARE_CALL_H

#include <grpc/grpc.h>
#include <stdbool.h>

#define BOXD_API "/boxd.api.v1.BoxdApi/"

typedef struct bare_channel {
    grpc_channel *channel;
    grpc_slice authority;
    grpc_metadata metadata[2];
} bare_channel;

/* The channel of the process to BOXD_API_URL with BOXD_TOKEN; made by the first call. */
bare_channel *bare_channel_get(void);

/* One call of Whoami. */
typedef struct bare_call {
    grpc_call *call;
    grpc_byte_buffer *request, *reply;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice details;
} bare_call;

/* The event of the queue has the tag. */
void bare_call_begin(bare_call *c, grpc_completion_queue *queue, void *tag);

/* After the event: checks the status, and frees what the call holds. */
void bare_call_end(bare_call *c);

/* A queue for next(). gRPC is started by the first queue or channel. */
grpc_completion_queue *bare_queue_new(void);

/* Waits until a queue for next() is empty, and destroys it. */
void bare_queue_free(grpc_completion_queue *queue);

#endif
