/* account.c: the identity that a credential belongs to, and the configuration of the service. Called on any
 * thread; replies are mapped on the core thread. */
#include "boxd/client/unary.h"
#include "record.h"

#include <boxd/aio/account.h>

RESULT_TYPE(RESULT_IDENTITY, boxd_identity_cb, record_free);
RESULT_TYPE(RESULT_CONFIG, boxd_service_config_cb, record_free);

static void fill_identity(record *r, void *to, const void *from)
{
    boxd_identity *identity = to;
    const BoxdPb__WhoamiResponse *who = from;
    identity->user_id = record_text(r, who->user_id);
    identity->display_name = record_text(r, who->display_name);
    identity->default_network_id = record_text(r, who->default_network_id);
    identity->fingerprint_count = who->n_pubkey_fingerprints;
    identity->fingerprints = record_texts(r, who->n_pubkey_fingerprints, who->pubkey_fingerprints);
}

static void fill_config(record *r, void *to, const void *from)
{
    boxd_service_config *made = to;
    const BoxdPb__GetConfigResponse *service = from;
    made->default_image = record_text(r, service->default_image);
    made->zone = record_text(r, service->zone);
}

static const unary_operation WHOAMI = {OPERATION_METHOD("Whoami", true), OPERATION_MESSAGES(whoami),
                                       .record_size = sizeof(boxd_identity), .fill = fill_identity};
static const unary_operation CONFIG = {OPERATION_METHOD("GetConfig", true), OPERATION_MESSAGES(get_config),
                                       .record_size = sizeof(boxd_service_config), .fill = fill_config};

void boxd_aio_compute_whoami(boxd_compute *compute, const boxd_call_options *call, boxd_identity_cb callback,
                             void *user_data)
{
    unary_submit_empty(&WHOAMI, compute, NULL, call, SINK(RESULT_IDENTITY, callback, user_data));
}

void boxd_aio_compute_config(boxd_compute *compute, const boxd_call_options *call,
                             boxd_service_config_cb callback, void *user_data)
{
    unary_submit_empty(&CONFIG, compute, NULL, call, SINK(RESULT_CONFIG, callback, user_data));
}

void boxd_identity_free(boxd_identity *identity)
{
    record_free(identity);
}

void boxd_service_config_free(boxd_service_config *service)
{
    record_free(service);
}
