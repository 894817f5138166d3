/*
 * wire.h: packs and unpacks messages. The library's sources get the generated types only through this
 * header.
 */
#ifndef BOXD_WIRE_H
#define BOXD_WIRE_H

#include <boxd/error.h>

#include "api.pb-c.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <stdint.h>

/* An optional string as a message needs it: "" for NULL. */
static inline const char *wire_text(const char *value)
{
    return value ? value : "";
}

/* The type of protobuf-c for a list is not const, but protobuf-c does not write to the list. */
static inline const char **wire_list(const char *const *words)
{
    return (const char **)(uintptr_t)words;
}

/* The type of protobuf-c for bytes is not const, but protobuf-c does not write to them. */
static inline ProtobufCBinaryData wire_bytes(const void *data, size_t size)
{
    return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)data};
}

/* Packs `message`. False: out of memory. The slice is the caller's. */
bool wire_pack(const ProtobufCMessage *message, grpc_slice *out);

/* The same for a message that may hold secrets, such as an environment: its bytes are zeroed before they are
 * freed. */
bool wire_pack_secret(const ProtobufCMessage *message, grpc_slice *out);

/* The same for a message whose texts the program gave. BOXD_ERR_INVALID_ARGUMENT: a text is not UTF-8, which
 * servers refuse; the message names its field. BOXD_ERR_NO_MEMORY. */
boxd_status wire_pack_request(const ProtobufCMessage *message, grpc_slice *out, boxd_error *error);

/* A string field of a message; value NULL: the field is not set. */
typedef struct wire_field {
    uint32_t number;
    const char *value;
} wire_field;

/* Packs the packed message `body` together with further string fields. False: out of memory. The slice is
 * the caller's. */
bool wire_extend(grpc_slice body, const wire_field *fields, size_t count, grpc_slice *out);

/* Unpacks a reply, and may change `bytes`: a NUL in a text becomes the byte 0xFF, so that the text goes on
 * behind it. The reply may take `max_bytes` of memory, and always as much as its packed bytes and 4 KiB: so
 * 0 is for messages that consist of bytes. NULL: BOXD_ERR_PROTOCOL, BOXD_ERR_TOO_LARGE or BOXD_ERR_NO_MEMORY.
 * Freed with wire_free(). */
ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              size_t max_bytes, boxd_error *error);
void wire_free(ProtobufCMessage *message);

/* The same for a reply whose texts hold a secret: its bytes are zeroed once they are read, its texts before
 * they are freed. */
ProtobufCMessage *wire_unpack_secret(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                     size_t max_bytes, boxd_error *error);
void wire_free_secret(ProtobufCMessage *message);

/* Whether a message is not compressed, as this library requires; else BOXD_ERR_PROTOCOL. */
bool wire_is_plain(const grpc_byte_buffer *bytes, boxd_error *error);

/* A message of the service cannot be read: BOXD_ERR_PROTOCOL. `type` is its name. */
boxd_status wire_malformed(const char *type, boxd_error *error);

/* A slice that owns `bytes` (made by mem_alloc). */
grpc_slice wire_slice(void *bytes, size_t size);

#endif
