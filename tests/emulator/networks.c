/*
 * networks.c: CreateNetwork, ListNetworks. A network is a name, or none, and a range of addresses: the boxes
 * share the host's network, so nothing is routed by it.
 */
#include <stdlib.h>
#include <string.h>

#include "machines.h"
#include "services.h"

enum { MAX_NETWORKS = 255 }; /* one /24 each, from 10.200.1.0 on */

typedef struct {
    char *name, id[37];
} network;

/* core thread only */
static network networks[MAX_NETWORKS];
static size_t network_count;

void networks_destroy(void)
{
    for (size_t i = 0; i < network_count; i++)
        free(networks[i].name);
    network_count = 0;
}

static int create_network(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *name = ((const BoxdPb__CreateNetworkRequest *)message)->name;
    if (name[0] != '\0' && !name_valid(name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is no valid name of a network", name);
    for (size_t i = 0; i < network_count; i++) {
        if (name[0] != '\0' && strcmp(networks[i].name, name) == 0)
            return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a network named \"%s\" exists already", name);
    }
    if (network_count == MAX_NETWORKS)
        return call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "there are %d networks already", MAX_NETWORKS);
    network *n = &networks[network_count++];
    n->name = xstrdup(name);
    random_uuid(n->id);
    ((BoxdPb__CreateNetworkResponse *)out)->network_id = n->id;
    return 0;
}

static BoxdPb__NetworkInfo *network_info(call *c, const char *id, size_t number)
{
    BoxdPb__NetworkInfo *info = message_new(&c->memory, &boxd_pb__network_info__descriptor);
    info->network_id = id;
    info->subnet = arena_printf(&c->memory, "10.200.%zu.0/24", number);
    info->status = "active";
    return info;
}

/* The one that Whoami names comes first. */
static int list_networks(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListNetworksResponse *reply = (BoxdPb__ListNetworksResponse *)out;
    (void)message;
    reply->networks = arena_alloc(&c->memory, (network_count + 1) * sizeof(void *));
    reply->networks[reply->n_networks++] = network_info(c, DEFAULT_NETWORK_ID, 0);
    for (size_t i = 0; i < network_count; i++)
        reply->networks[reply->n_networks++] = network_info(c, networks[i].id, i + 1);
    return 0;
}

const service_row network_rows[] = {
    {.rpc = "CreateNetwork", .unary = create_network},
    {.rpc = "ListNetworks", .unary = list_networks},
    {NULL, NULL, NULL},
};
