/*
 * ssh_keys.c: LinkSshKey, and the fingerprints in Whoami: SHA-256 of the key's blob, as ssh-keygen prints it.
 * A device has one key; linking another key replaces it. Core thread only.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "service/service.h"

enum { MAX_KEY_BYTES = 16 * 1024 };

enum { MAX_DEVICE_ID = 256 };

typedef struct linked_key {
    struct linked_key *next;
    char *device_id;
    char fingerprint[64];
} linked_key;

/* core thread only */
static linked_key *keys; /* in order of linking */

static void destroy_all(void)
{
    while (keys != NULL) {
        linked_key *next = keys->next;
        free(keys->device_id);
        free(keys);
        keys = next;
    }
}

void ssh_keys_fill(call *c, BoxdPb__WhoamiResponse *reply)
{
    size_t count = 1;
    for (const linked_key *k = keys; k != NULL; k = k->next)
        count++;
    reply->pubkey_fingerprints = arena_alloc(&c->memory, count * sizeof(char *));
    reply->pubkey_fingerprints[reply->n_pubkey_fingerprints++] =
        "SHA256:boxdEmulatorKeyboxdEmulatorKeyboxdEmulatorK";
    for (const linked_key *k = keys; k != NULL; k = k->next)
        reply->pubkey_fingerprints[reply->n_pubkey_fingerprints++] = arena_strdup(&c->memory, k->fingerprint);
}

/* The blob starts with the length of the key's type and the type itself. */
static bool has_type(const unsigned char *blob, size_t size, const char *type, size_t type_length)
{
    if (size < 4 + type_length)
        return false;
    size_t length = (size_t)blob[0] << 24 | (size_t)blob[1] << 16 | (size_t)blob[2] << 8 | blob[3];
    return length == type_length && memcmp(blob + 4, type, type_length) == 0;
}

static void print_fingerprint(const unsigned char *blob, size_t size, char out[64])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_size = 0;
    char *p = stpcpy(out, "SHA256:");
    if (EVP_Digest(blob, size, digest, &digest_size, EVP_sha256(), NULL) != 1)
        abort();
    (void)EVP_EncodeBlock((unsigned char *)p, digest, (int)digest_size);
    p[strcspn(p, "=")] = '\0'; /* ssh-keygen leaves the padding out */
}

/* Parses "TYPE BASE64 [COMMENT]". False: not a public key. */
static bool parse_key(const char *line, char out[64])
{
    const char *type = line + strspn(line, " \t\r\n");
    size_t type_length = strcspn(type, " \t\r\n");
    const char *text = type + type_length + strspn(type + type_length, " \t");
    size_t length = strcspn(text, " \t\r\n");
    if (type_length == 0 || length == 0 || length % 4 != 0 || length > MAX_KEY_BYTES)
        return false;
    unsigned char *blob = xmalloc(length / 4 * 3 + 1);
    int size = EVP_DecodeBlock(blob, (const unsigned char *)text, (int)length);
    size -= (text[length - 1] == '=') + (text[length - 2] == '=');
    bool good = size > 0 && has_type(blob, (size_t)size, type, type_length);
    if (good)
        print_fingerprint(blob, (size_t)size, out);
    free(blob);
    return good;
}

static linked_key *slot_for(const char *device_id, const char *fingerprint)
{
    linked_key **place = &keys;
    for (; *place != NULL; place = &(*place)->next) {
        bool same_device = device_id[0] != '\0' && strcmp((*place)->device_id, device_id) == 0;
        bool same_key = device_id[0] == '\0' && strcmp((*place)->fingerprint, fingerprint) == 0;
        if (same_device || same_key)
            return *place;
    }
    *place = xcalloc(1, sizeof **place);
    (*place)->device_id = xstrdup(device_id);
    return *place;
}

static int link_ssh_key(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__LinkSshKeyRequest *request = (const BoxdPb__LinkSshKeyRequest *)message;
    char text[64];
    (void)out;
    if (!parse_key(request->pubkey, text))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "not an SSH public key: send a type and base64 data, as in a .pub file");
    if (strlen(request->device_id) > MAX_DEVICE_ID)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a device id has at most %d bytes", MAX_DEVICE_ID);
    memcpy(slot_for(request->device_id, text)->fingerprint, text, sizeof text);
    return 0;
}

const rpc_handler ssh_key_rpcs[] = {
    {.rpc = "LinkSshKey", .unary = link_ssh_key},
    {NULL, NULL, NULL},
};

const machine_extension ssh_key_extension = {.shutdown = destroy_all};
