/*
 * account.c: see account.h. In the child process of a run, and with --clean.
 */
#include "account.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SALT_DIGITS = 32, ROUNDS = 10000 };

static void hash_with(const char *salt, const char *text, char out[ACCOUNT_BYTES])
{
    unsigned char hash[2];
    if (PKCS5_PBKDF2_HMAC(text, (int)strlen(text), (const unsigned char *)salt, SALT_DIGITS, ROUNDS,
                          EVP_sha256(), (int)sizeof hash, hash) != 1)
        abort();
    (void)snprintf(out, ACCOUNT_BYTES, "%.*s-%02x%02x", SALT_DIGITS, salt, hash[0], hash[1]);
}

void account_hash(const char *text, char out[ACCOUNT_BYTES])
{
    uint64_t random[2];
    char salt[SALT_DIGITS + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    (void)snprintf(salt, sizeof salt, "%016llx%016llx", (unsigned long long)random[0],
                   (unsigned long long)random[1]);
    hash_with(salt, text, out);
}

bool account_matches(const char *hash, const char *text)
{
    char expected[ACCOUNT_BYTES];
    if (strlen(hash) <= SALT_DIGITS)
        return false;
    hash_with(hash, text, expected);
    return strcmp(hash, expected) == 0;
}
