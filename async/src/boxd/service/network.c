/* network.c: networks of service 0.1. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/unary.h"

#include <boxd/aio/network.h>

RESULT_TYPE(RESULT_NETWORK, boxd_network_cb, record_free);
RESULT_TYPE(RESULT_NETWORKS, boxd_networks_cb, record_free);

void boxd_network_free(boxd_network *network)
{
    record_free(network);
}

void boxd_networks_free(boxd_networks *networks)
{
    record_free(networks);
}

static void fill_created(record *r, void *to, const void *from)
{
    const BoxdPb__CreateNetworkResponse *made = from;
    ((boxd_network *)to)->id = record_text(r, made->network_id);
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_network *network = to;
    const BoxdPb__NetworkInfo *info = from;
    network->id = record_text(r, info->network_id);
    network->subnet = record_text(r, info->subnet);
    network->status = record_text(r, info->status);
}

#define INSTEAD .method.instead = "boxd_box_set_networks(): boxes with the same network name share a network"

static const unary_operation CREATE = {OPERATION_METHOD("CreateNetwork", false),
                                       .makes = "network",
                                       .shown_by = "boxd_network_list()",
                                       INSTEAD,
                                       OPERATION_MESSAGES(create_network),
                                       .record_size = sizeof(boxd_network),
                                       .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListNetworks", true), INSTEAD,
                                     OPERATION_MESSAGES(list_networks), .item_size = sizeof(boxd_network),
                                     .fill = fill_listed};

void boxd_aio_network_create(boxd_compute *compute, const char *name, const boxd_call_options *call,
                             boxd_network_cb callback, void *user_data)
{
    BoxdPb__CreateNetworkRequest message = BOXD_PB__CREATE_NETWORK_REQUEST__INIT;
    message.name = wire_text(name);
    unary_submit(
        &CREATE,
        &(request_setup){.compute = compute, .call = call, .sink = SINK(RESULT_NETWORK, callback, user_data)},
        message.name && *message.name ? message.name : NULL, &message.base);
}

void boxd_aio_network_list(boxd_compute *compute, const boxd_call_options *call, boxd_networks_cb callback,
                           void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_NETWORKS, callback, user_data));
}
