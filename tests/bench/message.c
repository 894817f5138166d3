/* Reads and writes single fields of protobuf messages. Pure. */
#include "message.h"

#include <string.h>

enum { VARINT = 0, LENGTH_DELIMITED = 2 };

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

bool message_find(const uint8_t *message, size_t size, unsigned field, message_field *out)
{
    const uint8_t *at = message, *end = message + size;
    uint64_t tag, value;
    while (at < end && read_varint(&at, end, &tag) && read_varint(&at, end, &value)) {
        const bool bytes = (tag & 7) == LENGTH_DELIMITED;
        if (tag >> 3 == field) {
            *out =
                bytes ? (message_field){.data = at, .size = (size_t)value} : (message_field){.number = value};
            return true;
        }
        if (bytes && value > (uint64_t)(end - at))
            return false;
        at += bytes ? value : 0;
    }
    return false;
}

static uint8_t *write_varint(uint8_t *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *out++ = (uint8_t)(value | 0x80);
    *out++ = (uint8_t)value;
    return out;
}

uint8_t *message_write_header(uint8_t *out, unsigned field, size_t size)
{
    return write_varint(write_varint(out, (uint64_t)field << 3 | LENGTH_DELIMITED), size);
}

uint8_t *message_write_bytes(uint8_t *out, unsigned field, const void *data, size_t size)
{
    out = message_write_header(out, field, size);
    memcpy(out, data, size);
    return out + size;
}

uint8_t *message_write_number(uint8_t *out, unsigned field, uint64_t number)
{
    return write_varint(write_varint(out, (uint64_t)field << 3 | VARINT), number);
}
