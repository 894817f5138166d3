/*
 * call.h: one gRPC call on the server. Everything here runs on the core thread, except that a worker may use
 * the arena and call_error of the call it works for while that job runs.
 */
#ifndef EMULATOR_RPC_CALL_H
#define EMULATOR_RPC_CALL_H

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>

#include "base/faults.h"
#include "base/loop.h"
#include "base/request_log.h"
#include "base/util.h"

struct service_method;

/* What a unary handler returns: 0, a gRPC status code (see call_error), or CALL_LATER when call_complete will
 * follow. */
enum { CALL_LATER = -1 };

typedef struct call {
    grpc_call *grpc;
    grpc_call_details details;
    grpc_metadata_array metadata;
    const struct service_method *method; /* NULL: unknown */
    char user_id[64];                    /* after authentication */
    arena memory;
    request_record record;
    rpc_fault fault;
    char error[512]; /* the message of a failed handler */

    ProtobufCMessage *request, *reply; /* unary */

    /* Set by a stream handler (call_watch). `closed` runs once, when the call has ended for good on the wire
     * or was cancelled. */
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
    struct call *next, *prev; /* all live calls, for shutdown */
} call;

void call_ref(call *c);
void call_unref(call *c);

/* Formats the message of an error into the call and returns `code`. */
int call_error(call *c, int code, const char *format, ...) printf_like(3, 4);

/* Ends a unary call: with its reply if `code` is 0, else with the error. */
void call_complete(call *c, int code);

/* Streams. One receive and one send at a time. The message of a receive is owned by the callback (NULL: the
 * client has half-closed, or the call is over). A send takes `message` by value: it is packed at once. */
void call_receive(call *c, void (*on_receive)(call *c, grpc_byte_buffer *message));
void call_send(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok));
void call_send_buffer(call *c, grpc_byte_buffer *packed,
                      void (*on_sent)(call *c, bool ok)); /* takes `packed` */
/* It may wait for what is sent next, to go out with that. */
void call_send_corked(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok));
/* A message as it stands, whether it is one or not. */
void call_send_bytes(call *c, const uint8_t *bytes, size_t size, void (*on_sent)(call *c, bool ok));
void call_send_headers(call *c); /* the initial metadata now instead of with the first message */

/* Ends the call, with `last` (NULL allowed) as its last message. Later calls of it do nothing. */
void call_finish(call *c, int code, const char *details, const ProtobufCMessage *last);
void call_drop_connection(const call *c);

/* From now on `closed` tells of the end. False if the end has come already; the call is then finished. */
bool call_watch(call *c, void *stream, void (*closed)(call *c, bool cancelled));

/* NULL if the bytes are no such message. The result lives in `memory`, or is freed by the caller when that is
 * NULL. Destroys the buffer. */
ProtobufCMessage *message_unpack(const ProtobufCMessageDescriptor *type, grpc_byte_buffer *packed,
                                 arena *memory);
grpc_byte_buffer *message_pack(const ProtobufCMessage *message);
void *message_new(arena *memory, const ProtobufCMessageDescriptor *type); /* for a field of an answer */

/* server.c */
extern const char *call_sdk_latest; /* sent as x-boxd-*-sdk-latest; NULL: not sent */
call *call_new(void);

/* All live calls. */
size_t call_count(void);

#endif
