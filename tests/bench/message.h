/*
 * message.h: the few fields of protobuf messages that the lean server and the bare contestants read and write
 * by hand.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fields of the messages in proto/api.proto. */
enum {
    EXEC_DATA = 1,
    EXEC_COMMAND = 4,
    EXEC_VM_ID = 5,
    FILE_VM_ID = 1,
    FILE_PATH = 2,
    UPLOAD_TOTAL_SIZE = 3,
    UPLOAD_DATA = 4,
    UPLOAD_BYTES_WRITTEN = 1,
    DOWNLOAD_TOTAL_SIZE = 1,
    DOWNLOAD_DATA = 2
};

typedef struct message_field {
    /* Of a field of bytes or text: points into the message. */
    const uint8_t *data;
    size_t size;
    /* Of a number. */
    uint64_t number;
} message_field;

/* Finds the field in the packed message. The message may be incomplete: `out->data` may then end beyond
 * `size`. False: the field is not there. */
bool message_find(const uint8_t *message, size_t size, unsigned field, message_field *out);

/* Each writes one field at `out` and returns the end of the field. The header is that of a field of bytes,
 * without the bytes: at most 12 bytes. */
uint8_t *message_write_header(uint8_t *out, unsigned field, size_t size);
uint8_t *message_write_bytes(uint8_t *out, unsigned field, const void *data, size_t size);
uint8_t *message_write_number(uint8_t *out, unsigned field, uint64_t number);

#endif
