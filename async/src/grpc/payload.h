/*
 * payload.h: messages that carry bytes: output, logs, files. They are read without protobuf-c, which would
 * copy the bytes twice.
 *
 * Pure; any thread.
 */
#ifndef BOXD_PAYLOAD_H
#define BOXD_PAYLOAD_H

#include "text.h"

#include <boxd/error.h>

#include <grpc/byte_buffer.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_NUMBERS = 2 };

/* The type of a message: its name, and the numbers of the fields that are read: one of bytes, and varints. 0:
 * not used. */
typedef struct payload_type {
    const char *name;
    uint32_t bytes, numbers[PAYLOAD_NUMBERS];
} payload_type;

/* A message that was read. Its bytes stay in `message`, which is the caller's. */
typedef struct payload {
    grpc_byte_buffer *message;
    /* Where the bytes begin in `message`, and how many they are. */
    size_t offset, size;
    /* The values of the fields in payload_type.numbers; 0: not in the message. */
    uint64_t numbers[PAYLOAD_NUMBERS];
} payload;

/* Reads a message. BOXD_ERR_PROTOCOL: it is malformed or compressed, has more than 1,000 fields, or is NULL,
 * which means that the service sent none. */
boxd_status payload_read(const payload_type *type, grpc_byte_buffer *message, payload *out,
                         boxd_error *error);

/* Appends `size` of the bytes to a text, from number `from` on. False: out of memory. */
bool payload_append(const payload *p, size_t from, size_t size, text *to);

/* Copies `size` of the bytes, from number `from` on. */
void payload_copy(const payload *p, size_t from, size_t size, void *to);

#endif
