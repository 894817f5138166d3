/* token.c: tokens: credentials that expire. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "boxd/service/base64url.h"
#include "http/json_document.h"
#include "names.h"

#include <boxd/aio/token.h>

#include <string.h>

RESULT_TYPE(RESULT_TOKEN, boxd_token_cb, record_free_secret);
RESULT_TYPE(RESULT_TOKENS, boxd_tokens_cb, record_free);

void boxd_token_free(boxd_token *token)
{
    record_free_secret(token);
}

void boxd_tokens_free(boxd_tokens *tokens)
{
    record_free(tokens);
}

/* Of the decoded claims. */
#define MAX_CLAIMS_BYTES ((size_t)64 * 1024)

/* The claim `jti` of the token's second part, which is JSON. */
static const char *read_jti(record *r, const char *token)
{
    const char *claims = strchr(token, '.');
    const size_t size = claims ? strcspn(++claims, ".") : 0;
    char *text = record_array(r, size, 1); /* wiped with the record */
    size_t length = 0;
    if (!text || !base64url_decode(claims, size, text, &length))
        return NULL;
    json_document document;
    const json_outcome outcome = json_document_read(&document, text, length, MAX_CLAIMS_BYTES);
    r->failed |= outcome == JSON_NO_MEMORY;
    const char *jti = record_text(r, json_node_text(json_member(document.root, "jti")));
    json_document_free(&document);
    return jti;
}

static void fill_created(record *r, void *to, const void *from)
{
    boxd_token *token = to;
    const BoxdPb__CreateTokenResponse *made = from;
    token->token = record_text(r, made->token);
    token->expires_at_ms = record_ms(made->expires_at);
    token->jti = read_jti(r, made->token);
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_token_info *token = to;
    const BoxdPb__TokenInfo *info = from;
    token->jti = record_text(r, info->jti);
    token->created_at_ms = record_ms(info->created_at);
    token->expires_at_ms = record_ms(info->expires_at);
}

#define INSTEAD .method.instead = "API keys: boxd_api_key_create()"

static const unary_operation CREATE = {OPERATION_METHOD("CreateToken", false), .makes = "token",
                                       .shown_by = "boxd_token_list()",        INSTEAD,
                                       OPERATION_MESSAGES(create_token),       .secret = true,
                                       .record_size = sizeof(boxd_token),      .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListTokens", true), INSTEAD,
                                     OPERATION_MESSAGES(list_tokens), .item_size = sizeof(boxd_token_info),
                                     .fill = fill_listed};
static const unary_operation REVOKE = {OPERATION_METHOD("RevokeToken", false), INSTEAD,
                                       OPERATION_MESSAGES(revoke_token)};

void boxd_aio_token_create(boxd_compute *compute, int64_t expires_in_s, const boxd_call_options *call,
                           boxd_token_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__CreateTokenRequest message = BOXD_PB__CREATE_TOKEN_REQUEST__INIT;
    message.expires_in_secs = number_lifetime_s(expires_in_s, &error);
    unary_submit(&CREATE,
                 &(request_setup){.compute = compute,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_TOKEN, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_token_list(boxd_compute *compute, const boxd_call_options *call, boxd_tokens_cb callback,
                         void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_TOKENS, callback, user_data));
}

void boxd_aio_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                           boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__RevokeTokenRequest message = BOXD_PB__REVOKE_TOKEN_REQUEST__INIT;
    message.jti = wire_text(jti);
    name_check_given(jti, "the token's jti", "give one that boxd_token_list() shows", &error);
    unary_submit(&REVOKE,
                 &(request_setup){.compute = compute,
                                  .kind = "token",
                                  .name = message.jti,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}
