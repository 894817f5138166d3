#ifndef BOXCTL_API_BASE64_H
#define BOXCTL_API_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes as base64, NUL-terminated; NULL: no memory. Freed with free(). */
char *base64_encode(const uint8_t *bytes, size_t size);

/* The bytes of base64, of either alphabet, with or without padding; false: it is none, or no memory. `*bytes`
 * is NULL for none, else freed with free(). */
bool base64_decode(const char *text, uint8_t **bytes, size_t *size);

#endif
