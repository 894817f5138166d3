/*
 * wire_reader.c: see wire_reader.h. Pure; any thread.
 */
#include "rpc/wire_reader.h"

static bool read_varint(wire_reader *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && r->data < r->end; shift += 7) {
        uint8_t byte = *r->data++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

bool wire_read_field(wire_reader *r, wire_field *f)
{
    uint64_t tag, value;
    if (r->data >= r->end || !read_varint(r, &tag))
        return false;
    *f = (wire_field){.number = (unsigned)(tag >> 3)};
    switch (tag & 7) {
    case 0:
        return read_varint(r, &value);
    case 1:
        value = 8;
        break;
    case 2:
        if (!read_varint(r, &value))
            return false;
        f->data = r->data;
        break;
    case 5:
        value = 4;
        break;
    default:
        return false;
    }
    if (value > (uint64_t)(r->end - r->data))
        return false;
    f->size = (size_t)value;
    r->data += f->size;
    return true;
}
