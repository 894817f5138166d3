#include "wire.h"

#include "errors.h"
#include "mem.h"

#include <grpc/byte_buffer_reader.h>

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

bool wire_pack_string(const ProtobufCMessageDescriptor *descriptor, unsigned number, const char *value,
                      grpc_slice *out)
{
    ProtobufCMessage *message = mem_calloc(1, descriptor->sizeof_message);
    if (!message)
        return false;
    protobuf_c_message_init(descriptor, message);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(descriptor, number);
    *(const char **)(void *)((char *)message + field->offset) = value;
    bool packed = wire_pack(message, out);
    mem_free(message);
    return packed;
}

ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              boxd_error *error)
{
    grpc_byte_buffer_reader reader;
    ProtobufCMessage *message = NULL;
    bool no_memory = false;
    ProtobufCAllocator allocator = {allocate, release, &no_memory};
    if (bytes && grpc_byte_buffer_reader_init(&reader, bytes)) {
        grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
        message = protobuf_c_message_unpack(descriptor, &allocator, GRPC_SLICE_LENGTH(all),
                                            GRPC_SLICE_START_PTR(all));
        grpc_slice_unref(all);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    if (!message && no_memory)
        error_no_memory(error, "reading an answer");
    else if (!message)
        error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES, "the answer is no %s; is this a boxd server?",
                       descriptor->short_name);
    return message;
}

void wire_free(ProtobufCMessage *message)
{
    bool unused;
    ProtobufCAllocator allocator = {allocate, release, &unused};
    if (message)
        protobuf_c_message_free_unpacked(message, &allocator);
}
