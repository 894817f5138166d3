/* content_sum.c: cksum. Called by dir_index.c on the disk thread. */
#include "boxd/dirs/content_sum.h"

static uint32_t add_byte(uint32_t crc, unsigned char byte)
{
    crc ^= (uint32_t)byte << 24;
    for (int bit = 0; bit < 8; bit++)
        crc = crc & 0x80000000U ? crc << 1 ^ 0x04C11DB7U : crc << 1;
    return crc;
}

void content_sum_begin(content_sum *s)
{
    s->crc = 0;
    s->size = 0;
    for (uint32_t i = 0; i < 256; i++)
        s->table[i] = add_byte(0, (unsigned char)i);
}

void content_sum_add(content_sum *s, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        s->crc = s->crc << 8 ^ s->table[(s->crc >> 24 ^ at[i]) & 0xff];
    s->size += size;
}

uint32_t content_sum_end(const content_sum *s)
{
    uint32_t crc = s->crc;
    for (uint64_t size = s->size; size > 0; size >>= 8)
        crc = add_byte(crc, (unsigned char)(size & 0xff));
    return ~crc;
}
