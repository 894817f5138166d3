/*
 * wire.h: messages to bytes and back. The door to the generated types.
 */
#ifndef BOXD_WIRE_H
#define BOXD_WIRE_H

#include <boxd/error.h>

#include "api.pb-c.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

/* Packs `message`. False: out of memory. The slice is the caller's. */
bool wire_pack(const ProtobufCMessage *message, grpc_slice *out);

/* Packs a message of `descriptor` in which only the string field `number` is set. */
bool wire_pack_string(const ProtobufCMessageDescriptor *descriptor, unsigned number, const char *value,
                      grpc_slice *out);

/* Unpacks a reply. NULL: BOXD_ERR_PROTOCOL or BOXD_ERR_NO_MEMORY. Freed with wire_free(). */
ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              boxd_error *error);
void wire_free(ProtobufCMessage *message);

/* A slice that owns `bytes` (made by mem_alloc). */
grpc_slice wire_slice(void *bytes, size_t size);

#endif
