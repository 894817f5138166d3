/*
 * networks.c: CreateNetwork, ListNetworks. A network is an optional name and a range of
 * addresses. The boxes share the network of the host, so no traffic is routed through it. Core thread only.
 */
#include <stdlib.h>

#include "base/records.h"
#include "service/service.h"

enum { MAX_NETWORKS = 128 * 256 - 1 }; /* a /24 each of 10.128.0.0/9; the first /24 is the default network */

typedef struct {
    /* First member. */
    record record;
    unsigned number;
} network;

/* core thread only */
static records networks;

static void destroy_all(void)
{
    while (networks.first != NULL) {
        record *r = networks.first;
        records_remove(&networks, r);
        free(container_of(r, network, record));
    }
    records_end(&networks);
}

static int create_network(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *name = ((const BoxdPb__CreateNetworkRequest *)message)->name;
    if (name[0] != '\0' && !name_valid(name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid network name", name);
    if (name[0] != '\0' && records_by_name(&networks, name) != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a network named \"%s\" already exists", name);
    if (networks.count == MAX_NETWORKS)
        return call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "the limit of %d networks is reached",
                          MAX_NETWORKS);
    network *n = xcalloc(1, sizeof *n);
    n->number = (unsigned)networks.count + 1;
    records_add(&networks, &n->record, name);
    ((BoxdPb__CreateNetworkResponse *)out)->network_id = arena_strdup(&c->memory, n->record.id);
    return 0;
}

static BoxdPb__NetworkInfo *network_info(call *c, const char *id, unsigned number)
{
    BoxdPb__NetworkInfo *info = message_new(&c->memory, &boxd_pb__network_info__descriptor);
    info->network_id = arena_strdup(&c->memory, id);
    info->subnet = arena_printf(&c->memory, "10.%u.%u.0/24", 128 + number / 256, number % 256);
    info->status = "active";
    return info;
}

/* The default network, which Whoami names, comes first. */
static int list_networks(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListNetworksResponse *reply = (BoxdPb__ListNetworksResponse *)out;
    (void)message;
    reply->networks = arena_alloc(&c->memory, (networks.count + 1) * sizeof(void *));
    reply->networks[reply->n_networks++] = network_info(c, DEFAULT_NETWORK_ID, 0);
    for (const record *r = networks.first; r != NULL; r = r->next)
        reply->networks[reply->n_networks++] = network_info(c, r->id, ((const network *)r)->number);
    return 0;
}

const rpc_handler network_rpcs[] = {
    {.rpc = "CreateNetwork", .unary = create_network},
    {.rpc = "ListNetworks", .unary = list_networks},
    {NULL, NULL, NULL},
};

const machine_extension network_extension = {.shutdown = destroy_all};
