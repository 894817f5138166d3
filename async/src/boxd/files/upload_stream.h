/*
 * upload_stream.h: UploadFileStream: a file in messages of up to 1 MiB, and one reply after the last. Core
 * thread, except upload_stream_clear().
 */
#ifndef BOXD_UPLOAD_STREAM_H
#define BOXD_UPLOAD_STREAM_H

#include "boxd/files/file_source.h"
#include "boxd/stream/stream_io.h"

#define UPLOAD_PIECE_BYTES ((size_t)1024 * 1024)

typedef struct upload_stream {
    stream_io io;
    /* The message that was received: once the RPC has ended successfully, the reply. */
    grpc_byte_buffer *reply;
} upload_stream;

void upload_stream_start(upload_stream *s, request *owner, const stream_events *events);

/* Sends the piece that `from` has fetched, `size` bytes. False: out of memory. */
bool upload_stream_send(upload_stream *s, const file_source *from, size_t size);

/* Stores the received message, and requests the next one, which must not exist. False: it was the next one.
 */
bool upload_stream_keep(upload_stream *s, grpc_byte_buffer *message);

/* After the end of the stream, or if it never began. Any thread. */
void upload_stream_clear(upload_stream *s);

#endif
