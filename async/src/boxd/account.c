#include "errors.h"
#include "mem.h"
#include "record.h"
#include "unary.h"

#include <boxd/aio/account.h>

static void call_identity(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_identity_cb)callback)(result, error, user_data);
}

static void call_config(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_service_config_cb)callback)(result, error, user_data);
}

static const result_type RESULT_IDENTITY = {call_identity, mem_free};
static const result_type RESULT_CONFIG = {call_config, mem_free};

static void *map_identity(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const BoxdPb__WhoamiResponse *who = (const void *)reply;
    const size_t count = who->n_pubkey_fingerprints;
    size_t text = record_text_size(who->user_id) + record_text_size(who->display_name) +
                  record_text_size(who->default_network_id);
    for (size_t i = 0; i < count; i++)
        text += record_text_size(who->pubkey_fingerprints[i]);
    boxd_identity *identity;
    const char **fingerprints;
    record r = record_new(sizeof *identity + count * sizeof *fingerprints, text);
    if (!r.data) {
        error_no_memory(error, "keeping an identity");
        return NULL;
    }
    identity = r.data;
    fingerprints = (const char **)(void *)(identity + 1);
    identity->user_id = record_text(&r, who->user_id);
    identity->display_name = record_text(&r, who->display_name);
    identity->default_network_id = record_text(&r, who->default_network_id);
    identity->fingerprint_count = count;
    identity->fingerprints = fingerprints;
    for (size_t i = 0; i < count; i++)
        fingerprints[i] = record_text(&r, who->pubkey_fingerprints[i]);
    return identity;
}

static void *map_config(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const BoxdPb__GetConfigResponse *service = (const void *)reply;
    record r = record_new(sizeof(boxd_service_config),
                          record_text_size(service->default_image) + record_text_size(service->zone));
    boxd_service_config *made = r.data;
    if (!made) {
        error_no_memory(error, "keeping a configuration");
        return NULL;
    }
    made->default_image = record_text(&r, service->default_image);
    made->zone = record_text(&r, service->zone);
    return made;
}

static const operation WHOAMI = {OPERATION_METHOD("Whoami", true),
                                 .request = &boxd_pb__whoami_request__descriptor,
                                 .reply = &boxd_pb__whoami_response__descriptor, .map = map_identity};

static const operation CONFIG = {OPERATION_METHOD("GetConfig", true),
                                 .request = &boxd_pb__get_config_request__descriptor,
                                 .reply = &boxd_pb__get_config_response__descriptor, .map = map_config};

void boxd_aio_compute_whoami(boxd_compute *compute, const boxd_call_options *call, boxd_identity_cb callback,
                             void *user_data)
{
    const BoxdPb__WhoamiRequest message = BOXD_PB__WHOAMI_REQUEST__INIT;
    unary *u = unary_new(&WHOAMI, compute, call, false, NULL, NULL,
                         (sink){&RESULT_IDENTITY, (any_callback)callback, user_data});
    if (u)
        unary_submit(u, &message.base);
}

void boxd_aio_compute_config(boxd_compute *compute, const boxd_call_options *call,
                             boxd_service_config_cb callback, void *user_data)
{
    const BoxdPb__GetConfigRequest message = BOXD_PB__GET_CONFIG_REQUEST__INIT;
    unary *u = unary_new(&CONFIG, compute, call, false, NULL, NULL,
                         (sink){&RESULT_CONFIG, (any_callback)callback, user_data});
    if (u)
        unary_submit(u, &message.base);
}

void boxd_identity_free(boxd_identity *identity)
{
    mem_free(identity);
}

void boxd_service_config_free(boxd_service_config *service)
{
    mem_free(service);
}
