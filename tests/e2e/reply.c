/* Builds replies of the service by hand, as faults of the emulator. */
#include "reply.h"

#include "e2e.h"

#include <stdio.h>

static void put(reply *r, const void *bytes, size_t size)
{
    ck_assert_uint_le(size, sizeof r->bytes - r->size);
    memcpy(r->bytes + r->size, bytes, size);
    r->size += size;
}

static void put_varint(reply *r, uint64_t value)
{
    unsigned char byte;
    for (; value > 0x7F; value >>= 7) {
        byte = (unsigned char)(value | 0x80);
        put(r, &byte, 1);
    }
    byte = (unsigned char)value;
    put(r, &byte, 1);
}

static void put_bytes(reply *r, unsigned field, const void *bytes, size_t size)
{
    put_varint(r, (uint64_t)field << 3 | 2);
    put_varint(r, size);
    put(r, bytes, size);
}

void reply_number(reply *r, unsigned field, uint64_t value)
{
    put_varint(r, (uint64_t)field << 3);
    put_varint(r, value);
}

void reply_text(reply *r, unsigned field, const char *text)
{
    put_bytes(r, field, text, strlen(text));
}

void reply_message(reply *r, unsigned field, const reply *inner)
{
    put_bytes(r, field, inner->bytes, inner->size);
}

void reply_inject(const reply *r, const char *rpc, int count)
{
    char hex[2 * sizeof r->bytes + 1] = "", fault[sizeof hex + 128];
    for (size_t i = 0; i < r->size; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", r->bytes[i]);
    (void)snprintf(fault, sizeof fault, "{\"rpc\":\"%s\",\"count\":%d,\"reply\":\"%s\"}", rpc, count, hex);
    emulator_fault(&emulator, fault);
}
