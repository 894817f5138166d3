#ifndef BOXCTL_API_BASE64_H
#define BOXCTL_API_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes as base64, NUL-terminated. NULL: out of memory. Freed with free(). */
char *base64_encode(const uint8_t *bytes, size_t size);

/* Decodes base64 of either alphabet, with or without padding. False: invalid, or out of memory. `*bytes` is
 * NULL if there are no bytes, else freed with free(). */
bool base64_decode(const char *text, uint8_t **bytes, size_t *size);

#endif
