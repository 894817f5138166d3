/* piece.c: reads messages that carry bytes, in the buffers in which gRPC received them. Called by streams on
 * the core thread. Pure. */
#include "grpc/piece.h"

#include "grpc/wire.h"
#include "invariant.h"

#include <grpc/byte_buffer_reader.h>
#include <string.h>

/* A position in a message, which gRPC has received in several buffers. */
typedef struct cursor {
    grpc_byte_buffer_reader reader;
    /* The rest of the current buffer. */
    const uint8_t *at, *end;
    /* The rest of the message. */
    size_t left;
} cursor;

static bool cursor_open(cursor *c, grpc_byte_buffer *message)
{
    *c = (cursor){.left = grpc_byte_buffer_length(message)};
    return grpc_byte_buffer_reader_init(&c->reader, message);
}

/* Where the next byte is; there is one. */
static const uint8_t *cursor_at(cursor *c)
{
    grpc_slice *next;
    while (c->at == c->end && grpc_byte_buffer_reader_peek(&c->reader, &next)) {
        c->at = GRPC_SLICE_START_PTR(*next);
        c->end = c->at + GRPC_SLICE_LENGTH(*next);
    }
    return c->at;
}

/* Passes `size` bytes, which are in the message, and copies them to `to` unless it is NULL. */
static void cursor_pass(cursor *c, size_t size, uint8_t *to)
{
    c->left -= size;
    while (size > 0) {
        const uint8_t *at = cursor_at(c);
        const size_t here = (size_t)(c->end - at), part = here < size ? here : size;
        if (to) {
            memcpy(to, at, part);
            to += part;
        }
        c->at += part;
        size -= part;
    }
}

static bool read_varint(cursor *c, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; c->left > 0 && shift < 64; shift += 7) {
        const uint8_t byte = *cursor_at(c);
        c->at++;
        c->left--;
        *value |= (uint64_t)(byte & 0x7FU) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* The types of fields on the wire. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static uint64_t *find_number(const piece_type *type, uint64_t field, piece *out)
{
    for (int i = 0; i < PIECE_NUMBERS; i++)
        if (field == type->numbers[i])
            return &out->numbers[i];
    return NULL;
}

/* Reads the size of a field that is no varint. */
static bool read_size(cursor *c, unsigned wire, uint64_t *size)
{
    if (wire == BYTES)
        return read_varint(c, size) && *size <= c->left;
    *size = wire == FIXED64 ? 8 : 4;
    return (wire == FIXED64 || wire == FIXED32) && *size <= c->left;
}

/* Of a field that is sent repeatedly, the last value counts. */
static bool read_field(cursor *c, const piece_type *type, piece *out)
{
    uint64_t tag, value;
    if (!read_varint(c, &tag) || tag >> 3 == 0)
        return false;
    const unsigned wire = (unsigned)(tag & 7U);
    const bool is_bytes = tag >> 3 == type->bytes;
    uint64_t *number = find_number(type, tag >> 3, out);
    if (wire == VARINT) {
        if (is_bytes || !read_varint(c, &value))
            return false;
        if (number)
            *number = value;
        return true;
    }
    if (number || (is_bytes && wire != BYTES) || !read_size(c, wire, &value))
        return false;
    if (is_bytes) {
        out->offset = grpc_byte_buffer_length(out->message) - c->left;
        out->size = (size_t)value;
    }
    cursor_pass(c, (size_t)value, NULL);
    return true;
}

boxd_status piece_read(const piece_type *type, grpc_byte_buffer *message, piece *out, boxd_error *error)
{
    cursor c;
    bool good = true;
    *out = (piece){.message = message};
    if (!wire_is_plain(message, error))
        return error->status;
    if (!cursor_open(&c, message))
        return wire_malformed(type->name, error);
    while (good && c.left > 0)
        good = read_field(&c, type, out);
    grpc_byte_buffer_reader_destroy(&c.reader);
    return good ? BOXD_OK : wire_malformed(type->name, error);
}

void piece_copy(const piece *p, size_t from, size_t size, void *to)
{
    cursor c;
    BOXD_ASSERT(from <= p->size && size <= p->size - from);
    if (size == 0 || !cursor_open(&c, p->message))
        return;
    cursor_pass(&c, p->offset + from, NULL);
    cursor_pass(&c, size, to);
    grpc_byte_buffer_reader_destroy(&c.reader);
}
