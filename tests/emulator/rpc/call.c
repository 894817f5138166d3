/*
 * call.c: messages, sends and receives of one call, and its end. Core thread only, except call_error.
 */
#include "rpc/call.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "base/sockets.h"
#include "rpc/generation.h"
#include "rpc/strings.h"

const char *call_sdk_latest;
static size_t live_calls;

call *call_new(void)
{
    call *c = xcalloc(1, sizeof *c);
    grpc_call_details_init(&c->details);
    grpc_metadata_array_init(&c->metadata);
    arena_init(&c->memory);
    c->refs = 1;
    c->record.status = -1;
    c->record.deadline_ms = -1;
    live_calls++;
    return c;
}

size_t call_count(void)
{
    return live_calls;
}

void call_ref(call *c)
{
    c->refs++;
}

void call_unref(call *c)
{
    if (--c->refs > 0)
        return;
    live_calls--;
    loop_timer_stop(&c->timer);
    if (c->grpc != NULL) {
        c->record.ended_ms = wall_ms();
        c->record.fault = c->fault.active;
        request_log_add(&c->record);
        grpc_call_unref(c->grpc);
    }
    grpc_call_details_destroy(&c->details);
    grpc_metadata_array_destroy(&c->metadata);
    arena_clear(&c->memory);
    free(c);
}

int call_error(call *c, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(c->error, sizeof c->error, format, args);
    va_end(args);
    return code;
}

/* ---- messages ---- */

/* False: the bytes cannot be read (a compressed message that is malformed). Destroys the buffer. */
static bool read_all(grpc_byte_buffer *packed, grpc_slice *bytes)
{
    grpc_byte_buffer_reader reader;
    bool good = grpc_byte_buffer_reader_init(&reader, packed) != 0;
    if (good) {
        *bytes = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    grpc_byte_buffer_destroy(packed);
    return good;
}

static ProtobufCMessage *unpack_slice(const ProtobufCMessageDescriptor *type, grpc_slice bytes, arena *memory)
{
    return protobuf_c_message_unpack(type, memory ? &memory->allocator : NULL, GRPC_SLICE_LENGTH(bytes),
                                     GRPC_SLICE_START_PTR(bytes));
}

ProtobufCMessage *message_unpack(const ProtobufCMessageDescriptor *type, grpc_byte_buffer *packed,
                                 arena *memory)
{
    grpc_slice bytes;
    if (!read_all(packed, &bytes))
        return NULL;
    ProtobufCMessage *message = unpack_slice(type, bytes, memory);
    grpc_slice_unref(bytes);
    return message;
}

int call_unpack(call *c, const ProtobufCMessageDescriptor *type, grpc_byte_buffer *packed, arena *memory,
                ProtobufCMessage **message)
{
    const char *field = NULL;
    grpc_slice bytes;
    *message = NULL;
    if (packed == NULL)
        return call_error(c, GRPC_STATUS_INTERNAL, "the request carries no message");
    if (!read_all(packed, &bytes))
        return call_error(c, GRPC_STATUS_INTERNAL, "malformed message: not a %s", type->short_name);
    const strings_state state =
        strings_check(type, GRPC_SLICE_START_PTR(bytes), GRPC_SLICE_LENGTH(bytes), &field);
    if (state == STRINGS_GOOD)
        *message = unpack_slice(type, bytes, memory);
    grpc_slice_unref(bytes);
    if (state == STRINGS_HAVE_NUL)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the field %s contains a NUL character", field);
    if (state == STRINGS_NOT_UTF8)
        return call_error(c, GRPC_STATUS_INTERNAL, "malformed message: the string field %s is not UTF-8",
                          field);
    return *message ? 0
                    : call_error(c, GRPC_STATUS_INTERNAL, "malformed message: not a %s", type->short_name);
}

void *message_new(arena *memory, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(memory, type->sizeof_message);
    protobuf_c_message_init(type, message);
    return message;
}

grpc_byte_buffer *message_pack(const ProtobufCMessage *message)
{
    grpc_slice slice = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));
    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

/* ---- receive ---- */

static void received(loop_tag *tag, bool ok)
{
    call *c = container_of(tag, call, receive_tag);
    grpc_byte_buffer *message = c->received;
    c->received = NULL;
    if (!ok && message != NULL) {
        grpc_byte_buffer_destroy(message);
        message = NULL;
    }
    if (message != NULL) {
        c->record.request_bytes += grpc_byte_buffer_length(message);
        c->record.request_messages++;
    }
    c->on_receive(c, message);
    call_unref(c);
}

void call_receive(call *c, void (*on_receive)(call *c, grpc_byte_buffer *message))
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &c->received;
    c->on_receive = on_receive;
    c->receive_tag.run = received;
    call_ref(c);
    grpc_call_start_batch(c->grpc, &op, 1, &c->receive_tag, NULL);
}

/* ---- send ---- */

/* The version notice is sent to every client, under the names of the Python package and of this library. */
static size_t headers_op(call *c, grpc_op *op, grpc_metadata latest[2])
{
    if (c->headers_sent)
        return 0;
    c->headers_sent = true;
    *op = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    if (call_sdk_latest != NULL) {
        latest[0] = (grpc_metadata){.key = grpc_slice_from_static_string("x-boxd-py-sdk-latest"),
                                    .value = grpc_slice_from_static_string(call_sdk_latest)};
        latest[1] = (grpc_metadata){.key = grpc_slice_from_static_string("x-boxd-c-sdk-latest"),
                                    .value = grpc_slice_from_static_string(call_sdk_latest)};
        op->data.send_initial_metadata.count = 2;
        op->data.send_initial_metadata.metadata = latest;
    }
    return 1;
}

static void sent(loop_tag *tag, bool ok)
{
    call *c = container_of(tag, call, send_tag);
    void (*on_sent)(call *, bool) = c->on_sent;
    c->on_sent = NULL;
    if (on_sent != NULL)
        on_sent(c, ok);
    call_unref(c);
}

static size_t message_op(call *c, grpc_op *op, grpc_byte_buffer *packed)
{
    if (packed == NULL)
        return 0;
    c->record.response_bytes += grpc_byte_buffer_length(packed);
    c->record.response_messages++;
    *op = (grpc_op){.op = GRPC_OP_SEND_MESSAGE};
    op->data.send_message.send_message = packed;
    return 1;
}

static void send_buffer(call *c, grpc_byte_buffer *packed, uint32_t flags, void (*on_sent)(call *c, bool ok))
{
    grpc_op ops[2];
    grpc_metadata latest[2];
    size_t n = headers_op(c, &ops[0], latest);
    n += message_op(c, &ops[n], packed);
    ops[n - 1].flags = flags;
    c->on_sent = on_sent;
    c->send_tag.run = sent;
    call_ref(c);
    grpc_call_start_batch(c->grpc, ops, n, &c->send_tag, NULL);
    grpc_byte_buffer_destroy(packed);
}

void call_send_buffer(call *c, grpc_byte_buffer *packed, void (*on_sent)(call *c, bool ok))
{
    send_buffer(c, packed, 0, on_sent);
}

void call_send(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok))
{
    send_buffer(c, message_pack(message), 0, on_sent);
}

void call_send_corked(call *c, const ProtobufCMessage *message, void (*on_sent)(call *c, bool ok))
{
    send_buffer(c, message_pack(message), GRPC_WRITE_BUFFER_HINT, on_sent);
}

void call_send_bytes(call *c, const uint8_t *bytes, size_t size, void (*on_sent)(call *c, bool ok))
{
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)bytes, size);
    grpc_byte_buffer *packed = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    send_buffer(c, packed, 0, on_sent);
}

static void headers_done(loop_tag *tag, bool ok)
{
    (void)ok;
    call_unref(container_of(tag, call, accept_tag));
}

void call_send_headers(call *c)
{
    grpc_op op;
    grpc_metadata latest[2];
    if (headers_op(c, &op, latest) == 0)
        return;
    c->accept_tag.run = headers_done; /* free by now: the accept has completed */
    call_ref(c);
    grpc_call_start_batch(c->grpc, &op, 1, &c->accept_tag, NULL);
}

/* ---- finish ---- */

static void finish_done(loop_tag *tag, bool ok)
{
    (void)ok;
    call *c = container_of(tag, call, finish_tag);
    c->refs--;     /* the reference of the batch */
    call_unref(c); /* the initial reference */
}

void call_finish(call *c, int code, const char *details, const ProtobufCMessage *last)
{
    if (c->finished)
        return;
    c->finished = true;
    code = differ_code(code);
    grpc_op ops[3];
    grpc_metadata latest[2];
    size_t n = headers_op(c, &ops[0], latest);
    grpc_byte_buffer *packed = last ? message_pack(last) : NULL;
    n += message_op(c, &ops[n], packed);
    grpc_slice text = grpc_slice_from_copied_string(details ? details : "");
    ops[n] = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    ops[n].data.send_status_from_server.status = (grpc_status_code)code;
    ops[n].data.send_status_from_server.status_details = &text;
    c->finish_tag.run = finish_done;
    c->record.status = code;
    if (code != 0 && details != NULL)
        c->record.status_message = xstrdup(details);
    call_ref(c);
    grpc_call_start_batch(c->grpc, ops, n + 1, &c->finish_tag, NULL);
    grpc_slice_unref(text);
    if (packed != NULL)
        grpc_byte_buffer_destroy(packed);
}

void call_drop_connection(const call *c)
{
    char *peer = grpc_call_get_peer(c->grpc);
    sockets_shutdown_peer(peer);
    gpr_free(peer);
}

bool call_watch(call *c, void *stream, void (*closed)(call *c, bool cancelled))
{
    if (c->closed_seen) {
        call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
        return false;
    }
    c->stream = stream;
    c->closed = closed;
    return true;
}
