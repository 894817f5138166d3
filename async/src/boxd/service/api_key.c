/* api_key.c: API keys. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "names.h"
#include "options.h"

#include <boxd/aio/api_key.h>

RESULT_TYPE(RESULT_KEY, boxd_api_key_cb, record_free_secret);
RESULT_TYPE(RESULT_KEYS, boxd_api_keys_cb, record_free);

void boxd_api_key_free(boxd_api_key *key)
{
    record_free_secret(key);
}

void boxd_api_keys_free(boxd_api_keys *keys)
{
    record_free(keys);
}

static void fill_created(record *r, void *to, const void *from)
{
    boxd_api_key *key = to;
    const BoxdPb__CreateApiKeyResponse *made = from;
    key->id = record_text(r, made->id);
    key->key = record_text(r, made->api_key);
    key->expires_at_ms = record_ms(made->expires_at);
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_api_key_info *key = to;
    const BoxdPb__ApiKeyInfo *info = from;
    key->id = record_text(r, info->id);
    key->name = record_text(r, info->name);
    key->key_prefix = record_text(r, info->key_prefix);
    key->org = record_text(r, info->org);
    key->kind = record_text(r, info->kind);
    key->created_by = record_text(r, info->created_by);
    key->created_at_ms = record_ms(info->created_at);
    key->last_used_at_ms = record_ms(info->last_used_at);
    key->expires_at_ms = record_ms(info->expires_at);
    key->mine = info->mine || !key->created_by; /* a service without `created_by` lists only one's own keys */
}

static const unary_operation CREATE = {OPERATION_METHOD("CreateApiKey", false),
                                       .makes = "API key",
                                       .shown_by = "boxd_api_key_list()",
                                       OPERATION_MESSAGES(create_api_key),
                                       .secret = true,
                                       .record_size = sizeof(boxd_api_key),
                                       .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListApiKeys", true), OPERATION_MESSAGES(list_api_keys),
                                     .item_size = sizeof(boxd_api_key_info), .fill = fill_listed};
static const unary_operation DELETE = {OPERATION_METHOD("DeleteApiKey", false),
                                       OPERATION_MESSAGES(delete_api_key)};

void boxd_aio_api_key_create(boxd_compute *compute, const boxd_api_key_create_options *options,
                             boxd_api_key_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_api_key_create_options opts;
    BoxdPb__CreateApiKeyRequest message = BOXD_PB__CREATE_API_KEY_REQUEST__INIT;
    if (options_copy(&opts, OPTION_TYPE(boxd_api_key_create_options), options, &error) == BOXD_OK &&
        name_check_given(opts.name, "the API key's name", "give one; boxd_api_key_list() shows it", &error) ==
            BOXD_OK)
        message.expires_in_secs = number_lifetime_s(opts.expires_in_s, &error);
    message.name = wire_text(opts.name);
    message.org = wire_text(opts.org);
    message.kind = wire_text(opts.kind);
    unary_submit(&CREATE,
                 &(request_setup){.compute = compute,
                                  .kind = "API key",
                                  .name = message.name,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_KEY, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_api_key_list(boxd_compute *compute, const boxd_call_options *call, boxd_api_keys_cb callback,
                           void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_KEYS, callback, user_data));
}

void boxd_aio_api_key_delete(boxd_compute *compute, const char *id, const boxd_call_options *call,
                             boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__DeleteApiKeyRequest message = BOXD_PB__DELETE_API_KEY_REQUEST__INIT;
    message.id = wire_text(id);
    name_check_given(id, "the API key's id", "give one that boxd_api_key_list() shows", &error);
    unary_submit(&DELETE,
                 &(request_setup){.compute = compute,
                                  .kind = "API key",
                                  .name = message.id,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}
