/*
 * content_sum.h: the checksum of the POSIX utility cksum: the CRC of the bytes and of their number. It finds
 * changes, and is no protection from an adversary. Pure.
 */
#ifndef BOXD_CONTENT_SUM_H
#define BOXD_CONTENT_SUM_H

#include <stddef.h>
#include <stdint.h>

typedef struct content_sum {
    uint32_t crc;
    uint64_t size;
    /* What each value of a byte does to the CRC. */
    uint32_t table[256];
} content_sum;

/* No bytes yet. */
void content_sum_begin(content_sum *s);
void content_sum_add(content_sum *s, const void *bytes, size_t size);
uint32_t content_sum_end(const content_sum *s);

#endif
