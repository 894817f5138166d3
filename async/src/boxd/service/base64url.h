/*
 * base64url.h: base64 in the alphabet of tokens and URLs (RFC 4648, section 5), without padding. Pure.
 */
#ifndef BOXD_BASE64URL_H
#define BOXD_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes `size` characters into `out`, which has space for 3/4 of them, and sets *length. False: a
 * character is not in the alphabet. */
bool base64url_decode(const char *text, size_t size, char *out, size_t *length);

#endif
