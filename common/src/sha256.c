/* sha256.c: SHA-256. Called by the token cache, on the core thread and on the disk thread. */
#include "sha256.h"

#include "mem.h"

#include <string.h>

enum { BLOCK_SIZE = 64, ROUNDS = 64, LENGTH_SIZE = 8 };

static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t read_word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(uint32_t words[ROUNDS], const unsigned char *block)
{
    for (size_t i = 0; i < 16; i++)
        words[i] = read_word(block + 4 * i);
    for (size_t i = 16; i < ROUNDS; i++) {
        const uint32_t near = words[i - 2], far = words[i - 15];
        words[i] = (rotate(near, 17) ^ rotate(near, 19) ^ near >> 10) + words[i - 7] +
                   (rotate(far, 7) ^ rotate(far, 18) ^ far >> 3) + words[i - 16];
    }
}

static void add_block(sha256 *s, const unsigned char *block)
{
    uint32_t words[ROUNDS], v[8];
    expand(words, block);
    memcpy(v, s->state, sizeof v);
    for (size_t i = 0; i < ROUNDS; i++) {
        const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        const uint32_t first =
            v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + choice + constants[i] + words[i];
        const uint32_t second = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (size_t i = 0; i < 8; i++)
        s->state[i] += v[i];
    mem_zero(words, sizeof words); /* a block may hold a secret */
    mem_zero(v, sizeof v);
}

void sha256_init(sha256 *s)
{
    *s = (sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                            0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(sha256 *s, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    while (size > 0) {
        const size_t used = s->size % BLOCK_SIZE, space = BLOCK_SIZE - used;
        const size_t part = size < space ? size : space;
        memcpy(s->block + used, from, part);
        s->size += part;
        from += part;
        size -= part;
        if (part == space)
            add_block(s, s->block);
    }
}

/* The number, with its most significant byte first. */
static void add_number(sha256 *s, uint64_t number)
{
    unsigned char bytes[LENGTH_SIZE];
    for (unsigned i = 0; i < LENGTH_SIZE; i++)
        bytes[i] = (unsigned char)(number >> (56 - 8 * i));
    sha256_add(s, bytes, sizeof bytes);
}

void sha256_add_text(sha256 *s, const char *text)
{
    const size_t size = strlen(text);
    add_number(s, size);
    sha256_add(s, text, size);
}

void sha256_end(sha256 *s, char text[SHA256_TEXT_SIZE])
{
    static const unsigned char zeros[BLOCK_SIZE] = {0}, one = 0x80;
    static const char digits[] = "0123456789abcdef";
    const uint64_t bits = s->size * 8;
    sha256_add(s, &one, 1);
    sha256_add(s, zeros, (2 * BLOCK_SIZE - LENGTH_SIZE - s->size % BLOCK_SIZE) % BLOCK_SIZE);
    add_number(s, bits);
    for (size_t i = 0; i < SHA256_TEXT_SIZE - 1; i++)
        text[i] = digits[s->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    text[SHA256_TEXT_SIZE - 1] = '\0';
    mem_zero(s, sizeof *s);
}
