/*
 * secret.c: see secret.h. Any thread.
 */
#include "base/secret.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

void secret_free(void *memory)
{
    if (memory != NULL)
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
    free(memory);
}

void secret_digest(const char *text, unsigned char out[SECRET_DIGEST_BYTES])
{
    if (EVP_Digest(text, strlen(text), out, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

bool secret_matches(const char *text, const unsigned char digest[SECRET_DIGEST_BYTES])
{
    unsigned char other[SECRET_DIGEST_BYTES];
    secret_digest(text, other);
    return CRYPTO_memcmp(other, digest, sizeof other) == 0;
}
