/*
 * api_keys.c: CreateApiKey, ListApiKeys, DeleteApiKey. The key itself is returned only when it is created.
 * The token exchange accepts a key until it is deleted or expires. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "service/service.h"

static int create_api_key(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateApiKeyRequest *request = (const BoxdPb__CreateApiKeyRequest *)message;
    BoxdPb__CreateApiKeyResponse *reply = (BoxdPb__CreateApiKeyResponse *)out;
    const char *kind = strcmp(request->kind, "org") == 0 ? "org" : "member";
    if (request->name[0] == '\0' || strlen(request->name) > 100)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "an API key needs a name of at most 100 bytes");
    if (request->expires_in_secs > (uint64_t)10 * 365 * 86400)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a key is valid for at most ten years");
    if (request->kind[0] != '\0' && strcmp(request->kind, kind) != 0)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the kind must be member or org");
    int code = machine_check_org(c, request->org);
    if (code != 0)
        return code;
    char digits[33], key[40];
    random_hex(digits, 32);
    (void)snprintf(key, sizeof key, "bxk_%s", digits);
    auth_key made;
    auth_make_key(key, request->name, kind, (int64_t)request->expires_in_secs, &made);
    reply->id = arena_strdup(&c->memory, made.id);
    reply->api_key = arena_strdup(&c->memory, key);
    reply->expires_at = made.expires_at;
    explicit_bzero(key, sizeof key);
    explicit_bzero(digits, sizeof digits);
    return 0;
}

typedef struct {
    call *c;
    BoxdPb__ListApiKeysResponse *reply;
    bool counting;
} key_list;

static void add_key(const auth_key *key, void *data)
{
    key_list *list = data;
    arena *a = &list->c->memory;
    if (list->counting) {
        list->reply->n_keys++;
        return;
    }
    BoxdPb__ApiKeyInfo *info = message_new(a, &boxd_pb__api_key_info__descriptor);
    info->id = arena_strdup(a, key->id);
    info->name = arena_strdup(a, key->name);
    info->key_prefix = arena_strdup(a, key->prefix);
    info->created_at = key->created_at;
    info->last_used_at = key->last_used_at;
    info->expires_at = key->expires_at;
    info->org = MACHINE_ORG;
    info->kind = key->kind;
    info->created_by = AUTH_USER_ID;
    info->mine = true;
    list->reply->keys[list->reply->n_keys++] = info;
}

static int list_api_keys(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    key_list list = {c, (BoxdPb__ListApiKeysResponse *)out, true};
    (void)message;
    auth_each_key(add_key, &list); /* keys change on this thread only, so both iterations see the same keys */
    list.reply->keys = arena_alloc(&c->memory, list.reply->n_keys * sizeof(void *));
    list.reply->n_keys = 0;
    list.counting = false;
    auth_each_key(add_key, &list);
    return 0;
}

static int delete_api_key(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *id = ((const BoxdPb__DeleteApiKeyRequest *)message)->id;
    (void)out;
    if (!auth_delete_key(id))
        return call_error(c, GRPC_STATUS_NOT_FOUND, "no API key has the id \"%.80s\"", id);
    return 0;
}

const rpc_handler api_key_rpcs[] = {
    {.rpc = "CreateApiKey", .unary = create_api_key},
    {.rpc = "ListApiKeys", .unary = list_api_keys},
    {.rpc = "DeleteApiKey", .unary = delete_api_key},
    {NULL, NULL, NULL},
};
