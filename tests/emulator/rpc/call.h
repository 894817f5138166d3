/*
 * call.h: one gRPC call on the server. Core thread only, except that a worker may use the arena and
 * call_error of the call it works for while its job runs.
 */
#ifndef EMULATOR_RPC_CALL_H
#define EMULATOR_RPC_CALL_H

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>

#include "base/faults.h"
#include "base/loop.h"
#include "base/request_log.h"
#include "base/util.h"

struct rpc_method;

/* A unary handler returns 0, a gRPC status code (see call_error), or CALL_LATER if call_complete follows. */
enum { CALL_LATER = -1 };

typedef struct call {
    grpc_call *grpc;
    grpc_call_details details;
    grpc_metadata_array metadata;
    /* NULL: unknown method. */
    const struct rpc_method *method;
    /* Set after authentication. */
    char user_id[64];
    arena memory;
    request_record record;
    rpc_fault fault;
    /* The message of a failed handler. */
    char error[512];
    /* The code of a call that is refused without a handler: server.c. */
    int refusal;

    /* Unary calls only. */
    ProtobufCMessage *request, *reply;

    /* Set by a stream handler with call_watch. `closed` runs once: the call has ended on the wire or was
     * cancelled. */
    void *stream;
    void (*closed)(struct call *c, bool cancelled);

    /* private to call.c and server.c */
    unsigned refs;
    bool headers_sent, finished, closed_seen;
    int was_cancelled;
    grpc_byte_buffer *received;
    void (*on_receive)(struct call *c, grpc_byte_buffer *message);
    void (*on_sent)(struct call *c, bool ok);
    loop_tag accept_tag, receive_tag, send_tag, finish_tag, close_tag;
    loop_timer timer;
    /* All live calls, for the shutdown. */
    struct call *next, *prev;
} call;

void call_ref(call *c);
void call_unref(call *c);

/* Formats the error message of the call and returns `code`. */
int call_error(call *c, int code, const char *format, ...) printf_like(3, 4);

/* Ends a unary call: with its reply if `code` is 0, otherwise with the error. */
void call_complete(call *c, int code);

/* Streams: one receive and one send at a time. The callback of a receive owns the message; NULL: the client
 * has half-closed, or the call has ended. A send packs `message` before it returns. */
void call_receive(call *c, void (*on_receive)(call *c, grpc_byte_buffer *message));
void call_send(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok));
/* Takes ownership of `packed`. */
void call_send_buffer(call *c, grpc_byte_buffer *packed, void (*on_sent)(call *c, bool ok));
/* The message may wait for the next send and leave with it in one piece. */
void call_send_corked(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok));
/* Sends the bytes unchecked: they may be a malformed message. */
void call_send_bytes(call *c, const uint8_t *bytes, size_t size, void (*on_sent)(call *c, bool ok));
/* Sends the initial metadata now instead of with the first message. */
void call_send_headers(call *c);

/* Ends the call, with `last` (may be NULL) as its last message. Further calls of this function do nothing. */
void call_finish(call *c, int code, const char *details, const ProtobufCMessage *last);
void call_drop_connection(const call *c);

/* From now on `closed` reports the end. False if the end was reported before; the call is then finished. */
bool call_watch(call *c, void *stream, void (*closed)(call *c, bool cancelled));

/* NULL if the bytes are not a valid message of the type. The result lives in `memory`; if that is NULL, the
 * caller frees the result. Destroys the buffer. */
ProtobufCMessage *message_unpack(const ProtobufCMessageDescriptor *type, grpc_byte_buffer *packed,
                                 arena *memory);
/* The same for a message of the client. 0 and *message, or a code and the error of the call, as a server with
 * another protobuf library reports them: INTERNAL for bytes that are not a message of the type, also for a
 * string that is not UTF-8; INVALID_ARGUMENT for a string with a NUL, which no name, path or command can
 * have. `packed` may be NULL: there is no message. */
int call_unpack(call *c, const ProtobufCMessageDescriptor *type, grpc_byte_buffer *packed, arena *memory,
                ProtobufCMessage **message);
grpc_byte_buffer *message_pack(const ProtobufCMessage *message);
/* An empty message for a field of a reply. */
void *message_new(arena *memory, const ProtobufCMessageDescriptor *type);

/* Sent as x-boxd-*-sdk-latest; NULL: not sent. */
extern const char *call_sdk_latest;
call *call_new(void);

/* The number of live calls. */
size_t call_count(void);

#endif
