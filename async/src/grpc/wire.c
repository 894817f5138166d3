/*
 * wire.c: packs and unpacks protobuf messages. Called by RPCs and services on any thread. Pure.
 */
#include "grpc/wire.h"

#include "errors.h"
#include "mem.h"

#include <grpc/byte_buffer_reader.h>
#include <string.h>

/* Protobuf-c's allocations go through ours; `data` remembers that one failed. */
static void *allocate(void *data, size_t size)
{
    void *p = mem_alloc(size);
    if (!p)
        *(bool *)data = true;
    return p;
}

static void release(void *data, void *p)
{
    (void)data;
    mem_free(p);
}

grpc_slice wire_slice(void *bytes, size_t size)
{
    return grpc_slice_new(bytes, size, mem_free);
}

bool wire_pack(const ProtobufCMessage *message, grpc_slice *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = mem_alloc(size);
    if (!bytes)
        return false;
    protobuf_c_message_pack(message, bytes);
    *out = wire_slice(bytes, size);
    return true;
}

/* ---- fields by hand: messages are fields one after the other, in any order ---- */

static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
    for (; value > 0x7F; value >>= 7)
        *to++ = (uint8_t)(value | 0x80);
    *to++ = (uint8_t)value;
    return to;
}

bool wire_extend(grpc_slice body, const wire_field *fields, size_t count, grpc_slice *out)
{
    enum { STRING_TYPE = 2, MAX_VARINTS = 20 }; /* of the tag and the length */
    size_t size = GRPC_SLICE_LENGTH(body);
    for (size_t i = 0; i < count; i++)
        size += fields[i].value ? strlen(fields[i].value) + MAX_VARINTS : 0;
    uint8_t *bytes = mem_alloc(size), *end = bytes;
    if (!bytes)
        return false;
    memcpy(end, GRPC_SLICE_START_PTR(body), GRPC_SLICE_LENGTH(body));
    end += GRPC_SLICE_LENGTH(body);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].value)
            continue;
        size_t length = strlen(fields[i].value);
        end = put_varint(put_varint(end, (uint64_t)fields[i].number << 3 | STRING_TYPE), length);
        memcpy(end, fields[i].value, length);
        end += length;
    }
    *out = wire_slice(bytes, (size_t)(end - bytes));
    return true;
}

static void wipe(grpc_slice *slice)
{
    mem_zero(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

static void wipe_buffer(grpc_byte_buffer *bytes)
{
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    if (!bytes || !grpc_byte_buffer_reader_init(&reader, bytes))
        return;
    while (grpc_byte_buffer_reader_peek(&reader, &slice))
        wipe(slice);
    grpc_byte_buffer_reader_destroy(&reader);
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                bool secret, boxd_error *error)
{
    grpc_byte_buffer_reader reader;
    ProtobufCMessage *message = NULL;
    bool no_memory = false;
    ProtobufCAllocator allocator = {allocate, release, &no_memory};
    if (bytes && grpc_byte_buffer_reader_init(&reader, bytes)) {
        grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
        message = protobuf_c_message_unpack(descriptor, &allocator, GRPC_SLICE_LENGTH(all),
                                            GRPC_SLICE_START_PTR(all));
        if (secret)
            wipe(&all);
        grpc_slice_unref(all);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    if (!message && no_memory)
        error_no_memory(error, "reading an answer");
    else if (!message)
        error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "the answer is not of type %s; check that this is a boxd server",
                       descriptor->short_name);
    return message;
}

ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              boxd_error *error)
{
    return unpack(descriptor, bytes, false, error);
}

ProtobufCMessage *wire_unpack_secret(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                     boxd_error *error)
{
    ProtobufCMessage *message = unpack(descriptor, bytes, true, error);
    wipe_buffer(bytes);
    return message;
}

void wire_free(ProtobufCMessage *message)
{
    bool unused;
    ProtobufCAllocator allocator = {allocate, release, &unused};
    if (message)
        protobuf_c_message_free_unpacked(message, &allocator);
}

void wire_free_secret(ProtobufCMessage *message)
{
    for (unsigned i = 0; message && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char *text;
        if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
            continue;
        memcpy(&text, (char *)message + field->offset, sizeof text);
        if (text && text != (const char *)field->default_value && *text)
            mem_zero(text, strlen(text));
    }
    wire_free(message);
}
