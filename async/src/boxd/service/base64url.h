/*
 * base64url.h: base64 in the alphabet of tokens and URLs (RFC 4648, section 5), without padding. Pure.
 */
#ifndef BOXD_BASE64URL_H
#define BOXD_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes `size` characters into `out`, which has room for 3/4 of them, and sets *length. False: there is
 * another character among them. */
bool base64url_decode(const char *text, size_t size, char *out, size_t *length);

#endif
