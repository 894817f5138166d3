/*
 * secret.h: what must not stay in memory, and comparisons that tell nothing by how long they take. Every
 * function may be called from any thread.
 */
#ifndef EMULATOR_BASE_SECRET_H
#define EMULATOR_BASE_SECRET_H

#include <stdbool.h>

enum { SECRET_DIGEST_BYTES = 32 };

/* free() that wipes the whole block first. jansson frees with it too (see main.c), so that no text that came
 * in or went out as JSON is left behind. */
void secret_free(void *memory);

/* SHA-256: a token that is only ever compared is kept as this. */
void secret_digest(const char *text, unsigned char out[SECRET_DIGEST_BYTES]);
bool secret_matches(const char *text, const unsigned char digest[SECRET_DIGEST_BYTES]);

#endif
