/*
 * wire_reader.h: reads the fields of a packed protobuf message without generated code. Pure.
 */
#ifndef EMULATOR_RPC_WIRE_READER_H
#define EMULATOR_RPC_WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that were not read yet. */
typedef struct {
    const uint8_t *data, *end;
} wire_reader;

typedef struct {
    unsigned number;
    /* Length-delimited fields only; else NULL. */
    const uint8_t *data;
    size_t size;
} wire_field;

/* Reads the next field. False at the end, or if the bytes are malformed. */
bool wire_read_field(wire_reader *r, wire_field *f);

#endif
