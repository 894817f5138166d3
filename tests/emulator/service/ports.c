/*
 * ports.c: ExposePort, UnexposePort, ListExposedPorts. The public port is a port of this host's loopback
 * interface: localhost:public_port reaches the box. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/forward.h"
#include "service/service.h"

enum { MAX_PORTS = 3 }; /* per machine, as in the service */

typedef struct exposed_port {
    /* The machine's list. */
    struct exposed_port *next;
    uint16_t port;
    forward *forward;
} exposed_port;

static void remove_at(exposed_port **place)
{
    exposed_port *p = *place;
    *place = p->next;
    forward_close(p->forward);
    free(p);
}

static void remove_all(machine *m)
{
    while (m->ports != NULL)
        remove_at(&m->ports);
}

void ports_renamed(machine *m)
{
    for (const exposed_port *p = m->ports; p != NULL; p = p->next)
        forward_renamed(p->forward);
}

static exposed_port **find(machine *m, uint32_t port)
{
    exposed_port **p = &m->ports;
    while (*p != NULL && (*p)->port != port)
        p = &(*p)->next;
    return p;
}

static size_t port_count(const machine *m)
{
    size_t count = 0;
    for (const exposed_port *p = m->ports; p != NULL; p = p->next)
        count++;
    return count;
}

static void fill(call *c, const machine *m, const exposed_port *p, BoxdPb__ExposePortResponse *reply)
{
    reply->vm_id = arena_strdup(&c->memory, m->id);
    reply->vm_name = arena_strdup(&c->memory, m->name);
    reply->dns = "localhost";
    reply->public_port = forward_local_port(p->forward);
    reply->vm_port = p->port;
    reply->protocol = "tcp";
}

static int check(call *c, const BoxdPb__ExposePortRequest *request)
{
    const char *protocol = request->protocol;
    if (request->vm_port == 0 || request->vm_port > UINT16_MAX)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a port must be a number from 1 to 65535");
    if (strcmp(protocol, "udp") == 0 || strcmp(protocol, "both") == 0)
        return call_error(c, GRPC_STATUS_UNIMPLEMENTED, "boxd-emulator forwards TCP only");
    if (protocol[0] != '\0' && strcmp(protocol, "tcp") != 0)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "the protocol must be tcp, udp or both, not \"%.40s\"", protocol);
    return 0;
}

static int expose_port(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__ExposePortRequest *request = (const BoxdPb__ExposePortRequest *)message;
    machine *m = machine_find(c, request->vm[0] ? request->vm : request->vm_id);
    int code = m ? check(c, request) : GRPC_STATUS_NOT_FOUND;
    if (code != 0)
        return code;
    exposed_port **place = find(m, request->vm_port);
    if (*place != NULL) { /* it keeps its public port */
        fill(c, m, *place, (BoxdPb__ExposePortResponse *)out);
        return 0;
    }
    if (port_count(m) == MAX_PORTS)
        return call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "a VM can expose at most %d ports", MAX_PORTS);
    forward *f = forward_open(m, "port", "", (uint16_t)request->vm_port);
    if (f == NULL)
        return call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "no free port on loopback");
    exposed_port *p = xcalloc(1, sizeof *p);
    p->port = (uint16_t)request->vm_port;
    p->forward = f;
    *place = p;
    fill(c, m, p, (BoxdPb__ExposePortResponse *)out);
    return 0;
}

static int unexpose_port(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__UnexposePortRequest *request = (const BoxdPb__UnexposePortRequest *)message;
    machine *m = machine_find(c, request->vm[0] ? request->vm : request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    exposed_port **place = find(m, request->vm_port);
    if (*place == NULL)
        return call_error(c, GRPC_STATUS_NOT_FOUND, "port %u of VM %s is not exposed", request->vm_port,
                          m->name);
    BoxdPb__ExposePortResponse *removed = message_new(&c->memory, &boxd_pb__expose_port_response__descriptor);
    fill(c, m, *place, removed);
    ((BoxdPb__UnexposePortResponse *)out)->forward = removed;
    remove_at(place);
    return 0;
}

static void add_ports(call *c, const machine *m, BoxdPb__ListExposedPortsResponse *reply)
{
    for (const exposed_port *p = m->ports; p != NULL; p = p->next) {
        BoxdPb__ExposePortResponse *row = message_new(&c->memory, &boxd_pb__expose_port_response__descriptor);
        fill(c, m, p, row);
        reply->forwards[reply->n_forwards++] = row;
    }
}

static int list_exposed_ports(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *vm = ((const BoxdPb__ListExposedPortsRequest *)message)->vm;
    BoxdPb__ListExposedPortsResponse *reply = (BoxdPb__ListExposedPortsResponse *)out;
    const machine *only = vm[0] ? machine_find(c, vm) : NULL;
    if (vm[0] && only == NULL)
        return GRPC_STATUS_NOT_FOUND;
    size_t count = only ? MAX_PORTS : 0;
    for (const machine *m = machines_first(); only == NULL && m != NULL; m = machine_next(m))
        count += port_count(m);
    reply->forwards = arena_alloc(&c->memory, count * sizeof(void *));
    if (only != NULL)
        add_ports(c, only, reply);
    for (const machine *m = machines_first(); only == NULL && m != NULL; m = machine_next(m))
        add_ports(c, m, reply);
    return 0;
}

const rpc_handler port_rpcs[] = {
    {.rpc = "ExposePort", .unary = expose_port},
    {.rpc = "UnexposePort", .unary = unexpose_port},
    {.rpc = "ListExposedPorts", .unary = list_exposed_ports},
    {NULL, NULL, NULL},
};

const machine_extension port_extension = {.unregistered = remove_all};
