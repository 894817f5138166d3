/*
 * keys.c: new SSH keys in the formats of OpenSSH, made with libcrypto. They are well-formed, but no server
 * accepts them. HTTP threads.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "drukbox/internal.h"

enum { LINE = 70, BLOCK = 8, ED25519_BYTES = 32, POINT_BYTES = 65 };

/* SSH's wire format. */
typedef struct {
    size_t size;
    unsigned char bytes[768];
} packet;

static void put_bytes(packet *p, const void *bytes, size_t size)
{
    if (size > sizeof p->bytes - p->size)
        abort();
    memcpy(p->bytes + p->size, bytes, size);
    p->size += size;
}

static void put_number(packet *p, size_t n)
{
    const unsigned char bytes[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
                                   (unsigned char)(n >> 8), (unsigned char)n};
    put_bytes(p, bytes, sizeof bytes);
}

static void put_string(packet *p, const void *bytes, size_t size)
{
    put_number(p, size);
    put_bytes(p, bytes, size);
}

static void put_text(packet *p, const char *text)
{
    put_string(p, text, strlen(text));
}

/* Padded base64. */
static char *base64(const packet *p)
{
    char *text = xmalloc((p->size + 2) / 3 * 4 + 1);
    (void)EVP_EncodeBlock((unsigned char *)text, p->bytes, (int)p->size);
    return text;
}

static EVP_PKEY *checked(EVP_PKEY *key)
{
    if (key == NULL)
        abort();
    return key;
}

static EVP_PKEY *new_ed25519(unsigned char public_half[ED25519_BYTES])
{
    EVP_PKEY *key = checked(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    size_t size = ED25519_BYTES;
    if (EVP_PKEY_get_raw_public_key(key, public_half, &size) != 1)
        abort();
    return key;
}

/* ---- host keys ---- */

static void ed25519_blob(packet *p)
{
    unsigned char half[ED25519_BYTES];
    EVP_PKEY_free(new_ed25519(half));
    put_text(p, "ssh-ed25519");
    put_string(p, half, sizeof half);
}

static void ecdsa_blob(packet *p)
{
    unsigned char point[POINT_BYTES];
    size_t size = 0;
    EVP_PKEY *key = checked(EVP_EC_gen("P-256"));
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size) != 1)
        abort();
    EVP_PKEY_free(key);
    put_text(p, "ecdsa-sha2-nistp256");
    put_text(p, "nistp256");
    put_string(p, point, size);
}

static char *host_keys(const char *host, int port)
{
    packet ed25519 = {0}, ecdsa = {0};
    ed25519_blob(&ed25519);
    ecdsa_blob(&ecdsa);
    char *first = base64(&ed25519), *second = base64(&ecdsa);
    char *where = port == 22 ? xstrdup(host) : xprintf("[%s]:%d", host, port);
    char *lines = xprintf("%s ssh-ed25519 %s\n%s ecdsa-sha2-nistp256 %s\n", where, first, where, second);
    free(first);
    free(second);
    free(where);
    return lines;
}

char *new_known_hosts(const char *internal, const char *external, int external_port)
{
    char *first = internal ? host_keys(internal, 22) : xstrdup("");
    char *second = external[0] != '\0' ? host_keys(external, external_port) : xstrdup("");
    char *lines = xprintf("%s%s", first, second);
    free(first);
    free(second);
    return lines;
}

/* ---- the private key ---- */

static void put_private_part(packet *p, EVP_PKEY *key, const unsigned char half[ED25519_BYTES],
                             const char *comment)
{
    unsigned char pair[2 * ED25519_BYTES], check[4];
    size_t size = ED25519_BYTES;
    if (EVP_PKEY_get_raw_private_key(key, pair, &size) != 1)
        abort();
    memcpy(pair + ED25519_BYTES, half, ED25519_BYTES);
    random_bytes(check, sizeof check);
    put_bytes(p, check, sizeof check); /* twice: OpenSSH compares them to detect a wrong passphrase */
    put_bytes(p, check, sizeof check);
    put_text(p, "ssh-ed25519");
    put_string(p, half, ED25519_BYTES);
    put_string(p, pair, sizeof pair);
    put_text(p, comment);
    for (unsigned char pad = 1; p->size % BLOCK != 0; pad++)
        put_bytes(p, &pad, 1);
    OPENSSL_cleanse(pair, sizeof pair);
}

/* The text of a PEM file. */
static char *pem_encode(const packet *p)
{
    char *text = base64(p);
    size_t length = strlen(text), lines = (length + LINE - 1) / LINE;
    char *pem = xmalloc(length + lines + 80);
    char *end = stpcpy(pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    for (size_t i = 0; i < length; i += LINE) {
        size_t part = length - i < LINE ? length - i : LINE;
        memcpy(end, text + i, part);
        end += part;
        *end++ = '\n';
    }
    (void)stpcpy(end, "-----END OPENSSH PRIVATE KEY-----\n");
    secret_free(text);
    return pem;
}

char *new_private_key(const char *comment)
{
    unsigned char half[ED25519_BYTES];
    packet file = {0}, public_part = {0}, private_part = {0};
    EVP_PKEY *key = new_ed25519(half);
    put_text(&public_part, "ssh-ed25519");
    put_string(&public_part, half, sizeof half);
    put_private_part(&private_part, key, half, comment);
    EVP_PKEY_free(key);
    put_bytes(&file, "openssh-key-v1", sizeof "openssh-key-v1");
    put_text(&file, "none"); /* cipher */
    put_text(&file, "none"); /* key derivation */
    put_text(&file, "");
    put_number(&file, 1); /* keys */
    put_string(&file, public_part.bytes, public_part.size);
    put_string(&file, private_part.bytes, private_part.size);
    char *pem = pem_encode(&file);
    OPENSSL_cleanse(&file, sizeof file);
    OPENSSL_cleanse(&private_part, sizeof private_part);
    return pem;
}
