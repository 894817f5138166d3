/*
 * bare_stream.h: one streaming call with the gRPC C core alone, on a queue for next(): the floor for streams.
 */
#ifndef BENCH_BARE_STREAM_H
#define BENCH_BARE_STREAM_H

#include "bare_call.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bare_stream bare_stream;
struct bare_stream {
    /* Runs at the end of each batch. */
    void (*on_event)(bare_stream *s);
    /* Takes the bytes of each message that was received, which are destroyed afterwards. */
    void (*on_message)(bare_stream *s, grpc_byte_buffer *message);
    /* The status was received, and is OK. */
    void (*on_end)(bare_stream *s);
    /* Whether the program reads the next message. */
    bool reads;
    void *data;
    grpc_completion_queue *queue;
    grpc_call *call;
    grpc_byte_buffer *sending, *received;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice details;
};

/* Sends the metadata and the request, and half-closes the call; then reads messages until the end. The
 * members above `queue` are set before. */
void bare_stream_open(bare_stream *s, const char *method, grpc_slice request);

/* Opens a call that sends messages: `on_event` runs when the metadata and each message were sent. */
void bare_stream_open_sender(bare_stream *s, const char *method);
void bare_stream_send(bare_stream *s, grpc_slice *slices, size_t count);

/* Half-closes, and reads the answer until the end. */
void bare_stream_finish(bare_stream *s);

/* Reads the next message of an open call. */
void bare_stream_read(bare_stream *s);

void bare_stream_free(bare_stream *s);

/* Runs one event of the queue. */
void bare_queue_run(grpc_completion_queue *queue);

#endif
