/*
 * piece.h: messages that carry bytes: output, logs, files. They are read without protobuf-c, which would copy
 * the bytes twice.
 *
 * Pure; any thread.
 */
#ifndef BOXD_PIECE_H
#define BOXD_PIECE_H

#include <boxd/error.h>

#include <grpc/byte_buffer.h>
#include <stddef.h>
#include <stdint.h>

enum { PIECE_NUMBERS = 2 };

/* The type of a message: its name, and the numbers of the fields that are read: one of bytes, and varints. 0:
 * not used. */
typedef struct piece_type {
    const char *name;
    uint32_t bytes, numbers[PIECE_NUMBERS];
} piece_type;

/* A message that was read. Its bytes stay in `message`, which is the caller's. */
typedef struct piece {
    grpc_byte_buffer *message;
    /* Where the bytes begin in `message`, and how many they are. */
    size_t offset, size;
    /* The values of the fields in piece_type.numbers; 0: not in the message. */
    uint64_t numbers[PIECE_NUMBERS];
} piece;

/* Reads a message. BOXD_ERR_PROTOCOL: it is malformed, or compressed. */
boxd_status piece_read(const piece_type *type, grpc_byte_buffer *message, piece *out, boxd_error *error);

/* Copies `size` of the bytes, from number `from` on. */
void piece_copy(const piece *p, size_t from, size_t size, void *to);

#endif
