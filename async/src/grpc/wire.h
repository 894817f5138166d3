/*
 * wire.h: messages to bytes and back. The door to the generated types.
 */
#ifndef BOXD_WIRE_H
#define BOXD_WIRE_H

#include <boxd/error.h>

#include "api.pb-c.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <stdint.h>

/* What the program may leave out, as a message wants it. */
static inline const char *wire_text(const char *value)
{
    return value ? value : "";
}

/* protobuf-c takes lists that it does not write through. */
static inline const char **wire_list(const char *const *words)
{
    return (const char **)(uintptr_t)words;
}

/* protobuf-c takes bytes that it does not write to. */
static inline ProtobufCBinaryData wire_bytes(const void *data, size_t size)
{
    return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)data};
}

/* Packs `message`. False: out of memory. The slice is the caller's. */
bool wire_pack(const ProtobufCMessage *message, grpc_slice *out);

/* A string field of a message: its number and value; NULL: not there. */
typedef struct wire_field {
    uint32_t number;
    const char *value;
} wire_field;

/* The packed message `body` with string fields that it lacks. False: out of memory. The slice is the
 * caller's. */
bool wire_extend(grpc_slice body, const wire_field *fields, size_t count, grpc_slice *out);

/* Unpacks a reply. NULL: BOXD_ERR_PROTOCOL or BOXD_ERR_NO_MEMORY. Freed with wire_free(). */
ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              boxd_error *error);
void wire_free(ProtobufCMessage *message);

/* The same for a reply whose texts hold a secret: its bytes are zeroed once they are read, its texts before
 * they are freed. */
ProtobufCMessage *wire_unpack_secret(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                     boxd_error *error);
void wire_free_secret(ProtobufCMessage *message);

/* A slice that owns `bytes` (made by mem_alloc). */
grpc_slice wire_slice(void *bytes, size_t size);

#endif
