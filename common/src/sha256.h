/*
 * sha256.h: SHA-256 (FIPS 180-4), for names and checksums of files. Pure; any thread.
 */
#ifndef BOXD_SHA256_H
#define BOXD_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* Hexadecimal digits and a NUL. */
enum { SHA256_TEXT_SIZE = 65 };

typedef struct sha256 {
    uint32_t state[8];
    /* Bytes so far. */
    uint64_t size;
    /* The bytes of a block that is not complete. */
    unsigned char block[64];
} sha256;

void sha256_init(sha256 *s);
void sha256_add(sha256 *s, const void *bytes, size_t size);

/* Adds the length of the text before the text: no two lists of texts give the same bytes. */
void sha256_add_text(sha256 *s, const char *text);

/* Writes the digest in lower case, and overwrites `s`. */
void sha256_end(sha256 *s, char text[SHA256_TEXT_SIZE]);

#endif
