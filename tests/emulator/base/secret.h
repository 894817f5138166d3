/*
 * secret.h: freeing of memory that holds secrets, and comparison of secrets in constant time. Every function
 * may be called from any thread.
 */
#ifndef EMULATOR_BASE_SECRET_H
#define EMULATOR_BASE_SECRET_H

#include <stdbool.h>

enum { SECRET_DIGEST_BYTES = 32 };

/* Wipes the whole block, then frees it. jansson frees with it too (see main.c), so no JSON text of a request
 * or response stays in memory. */
void secret_free(void *memory);

/* SHA-256. A token that is only compared is kept as its digest. */
void secret_digest(const char *text, unsigned char out[SECRET_DIGEST_BYTES]);
bool secret_matches(const char *text, const unsigned char digest[SECRET_DIGEST_BYTES]);

#endif
