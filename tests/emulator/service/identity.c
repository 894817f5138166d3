/*
 * identity.c: Whoami, GetConfig, ListOrgs, ListProxyNodes, CreateToken, ListTokens, RevokeToken. Core thread
 * only.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "base/differ.h"
#include "service/service.h"

static int whoami(call *c, const ProtobufCMessage *request, ProtobufCMessage *out)
{
    BoxdPb__WhoamiResponse *reply = (BoxdPb__WhoamiResponse *)out;
    (void)request;
    reply->user_id = c->user_id;
    ssh_keys_fill(c, reply);
    reply->default_network_id = DEFAULT_NETWORK_ID;
    reply->display_name = "Emulator User";
    BoxdPb__BillingInfo *billing = arena_alloc(&c->memory, sizeof *billing);
    boxd_pb__billing_info__init(billing);
    billing->subscription_status = "active";
    billing->max_vms =
        machine_settings.max_machines > UINT32_MAX ? UINT32_MAX : (uint32_t)machine_settings.max_machines;
    billing->vcpu = 8;
    billing->memory_bytes = (uint64_t)32 << 30;
    billing->currency = "EUR";
    reply->billing = billing;
    return 0;
}

static int get_config(call *c, const ProtobufCMessage *request, ProtobufCMessage *out)
{
    BoxdPb__GetConfigResponse *reply = (BoxdPb__GetConfigResponse *)out;
    (void)c;
    (void)request;
    reply->default_image = differs(DIFFER_DEFAULT_IMAGE) ? "debian:12" : machine_settings.image;
    reply->zone = machine_settings.zone;
    return 0;
}

/* The caller's only organisation. */
static int list_orgs(call *c, const ProtobufCMessage *request, ProtobufCMessage *out)
{
    BoxdPb__ListOrgsResponse *reply = (BoxdPb__ListOrgsResponse *)out;
    (void)request;
    BoxdPb__OrgSummary *org = message_new(&c->memory, &boxd_pb__org_summary__descriptor);
    org->id = MACHINE_ORG_ID;
    org->name = MACHINE_ORG;
    org->slug = MACHINE_ORG;
    org->is_admin = true;
    reply->orgs = arena_alloc(&c->memory, sizeof(void *));
    reply->orgs[reply->n_orgs++] = org;
    reply->default_org_id = MACHINE_ORG_ID;
    return 0;
}

/* This program is the only node. */
static int list_proxy_nodes(call *c, const ProtobufCMessage *request, ProtobufCMessage *out)
{
    BoxdPb__ListProxyNodesResponse *reply = (BoxdPb__ListProxyNodesResponse *)out;
    (void)request;
    BoxdPb__ProxyNodeInfo *node = message_new(&c->memory, &boxd_pb__proxy_node_info__descriptor);
    node->id = "emulator";
    node->endpoint = machine_settings.endpoint;
    reply->proxies = arena_alloc(&c->memory, sizeof(void *));
    reply->proxies[reply->n_proxies++] = node;
    return 0;
}

/* ---- tokens ---- */

static int create_token(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__CreateTokenResponse *reply = (BoxdPb__CreateTokenResponse *)out;
    uint64_t seconds = ((const BoxdPb__CreateTokenRequest *)message)->expires_in_secs;
    if (seconds > (uint64_t)10 * 365 * 86400)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a token is valid for at most ten years");
    auth_token token;
    auth_issue((int64_t)seconds, &token);
    reply->token = arena_strdup(&c->memory, token.token);
    reply->expires_at = token.expires_at;
    explicit_bzero(token.token, strlen(token.token));
    free(token.token);
    return 0;
}

typedef struct {
    call *c;
    BoxdPb__ListTokensResponse *reply;
    size_t capacity;
} token_list;

static void add_token(const auth_token *token, void *data)
{
    token_list *list = data;
    BoxdPb__ListTokensResponse *reply = list->reply;
    if (reply->n_tokens == list->capacity) {
        BoxdPb__TokenInfo **old = reply->tokens;
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        reply->tokens = arena_alloc(&list->c->memory, list->capacity * sizeof(void *));
        if (old != NULL)
            memcpy(reply->tokens, old, reply->n_tokens * sizeof(void *));
    }
    BoxdPb__TokenInfo *info = arena_alloc(&list->c->memory, sizeof *info);
    boxd_pb__token_info__init(info);
    info->jti = arena_strdup(&list->c->memory, token->jti);
    info->created_at = token->created_at;
    info->expires_at = token->expires_at;
    reply->tokens[reply->n_tokens++] = info;
}

static int list_tokens(call *c, const ProtobufCMessage *request, ProtobufCMessage *out)
{
    (void)request;
    token_list list = {c, (BoxdPb__ListTokensResponse *)out, 0};
    auth_each(add_token, &list);
    return 0;
}

static int revoke_token(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *jti = ((const BoxdPb__RevokeTokenRequest *)message)->jti;
    (void)out;
    if (!auth_revoke(jti))
        return call_error(c, GRPC_STATUS_NOT_FOUND, "no token has the id \"%.80s\"", jti);
    return 0;
}

const rpc_handler identity_rpcs[] = {
    {.rpc = "Whoami", .unary = whoami},
    {.rpc = "GetConfig", .unary = get_config},
    {.rpc = "ListOrgs", .unary = list_orgs},
    {.rpc = "ListProxyNodes", .unary = list_proxy_nodes},
    {.rpc = "CreateToken", .unary = create_token},
    {.rpc = "ListTokens", .unary = list_tokens},
    {.rpc = "RevokeToken", .unary = revoke_token},
    {NULL, NULL, NULL},
};
