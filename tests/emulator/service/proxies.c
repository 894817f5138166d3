/*
 * proxies.c: CreateProxy, ListProxies, DeleteProxy, SetProxyPort. The domain of a proxy is the name that
 * the service would use. Here clients reach a proxy through the loopback port that GET /emulator/proxies
 * returns. Core thread only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "machine/forward.h"
#include "rpc/generation.h"
#include "service/service.h"

enum { DEFAULT_PORT = 8000 };

typedef struct proxy {
    /* The machine's list; the default proxy is first. */
    struct proxy *next;
    /* "": the default proxy. */
    char name[64];
    uint16_t port;
    bool automatic;
    forward *forward;
} proxy;

static proxy **find(machine *m, const char *name)
{
    proxy **p = &m->proxies;
    while (*p != NULL && strcmp((*p)->name, name) != 0)
        p = &(*p)->next;
    return p;
}

static proxy *add(machine *m, proxy **place, const char *name, uint16_t port)
{
    forward *f = forward_open(m, "proxy", name, port);
    if (f == NULL)
        return NULL;
    proxy *p = xcalloc(1, sizeof *p);
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    p->port = port;
    p->forward = f;
    p->next = *place;
    *place = p;
    return p;
}

/* Every machine has a default proxy; its listener opens when a request first needs the proxies. */
static bool ensure_default(machine *m)
{
    const uint16_t port = differs(DIFFER_PROXY_PORT) ? 8080 : DEFAULT_PORT;
    return *find(m, "") != NULL || add(m, &m->proxies, "", port) != NULL;
}

static void remove_at(proxy **place)
{
    proxy *p = *place;
    *place = p->next;
    forward_close(p->forward);
    free(p);
}

static void remove_all(machine *m)
{
    while (m->proxies != NULL)
        remove_at(&m->proxies);
}

void proxies_renamed(machine *m)
{
    for (const proxy *p = m->proxies; p != NULL; p = p->next)
        forward_renamed(p->forward);
}

static int no_listener(call *c)
{
    return call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "no free port on loopback for the proxy");
}

/* Service 0.2 sends `vm`, service 0.1 `vm_name`. */
static machine *machine_of(call *c, const char *vm, const char *vm_name)
{
    return machine_find_id_or_name(c, vm[0] ? vm : vm_name);
}

static char *domain_of(call *c, const machine *m, const char *name)
{
    return arena_printf(&c->memory, "%s%s%s.%s", name, name[0] ? "." : "", m->name, machine_settings.domain);
}

static int create_proxy(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateProxyRequest *request = (const BoxdPb__CreateProxyRequest *)message;
    machine *m = machine_of(c, request->vm, request->vm_name);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (!name_valid(request->name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid proxy name",
                          request->name);
    if (request->port == 0 || request->port > UINT16_MAX)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a port must be a number from 1 to 65535");
    proxy **place = find(m, request->name);
    if (*place != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "VM %s already has a proxy named \"%s\"", m->name,
                          request->name);
    if (add(m, place, request->name, (uint16_t)request->port) == NULL)
        return no_listener(c);
    BoxdPb__CreateProxyResponse *reply = (BoxdPb__CreateProxyResponse *)out;
    reply->name = arena_strdup(&c->memory, request->name);
    reply->vm_name = arena_strdup(&c->memory, m->name);
    reply->domain = domain_of(c, m, request->name);
    reply->port = request->port;
    return 0;
}

static BoxdPb__ProxyInfo *proxy_info(call *c, const machine *m, const proxy *p)
{
    BoxdPb__ProxyInfo *info = message_new(&c->memory, &boxd_pb__proxy_info__descriptor);
    info->name = arena_strdup(&c->memory, p->name);
    info->vm_name = arena_strdup(&c->memory, m->name);
    info->vm_id = arena_strdup(&c->memory, m->id);
    info->domain = domain_of(c, m, p->name);
    info->is_default = p->name[0] == '\0';
    info->port = p->automatic ? 0 : p->port;
    info->effective_port = p->port;
    info->port_mode = p->automatic ? "auto" : "locked";
    info->port_display = arena_printf(&c->memory, p->automatic ? "auto (%u)" : "%u", p->port);
    return info;
}

static int list_proxies(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__ListProxiesRequest *request = (const BoxdPb__ListProxiesRequest *)message;
    BoxdPb__ListProxiesResponse *reply = (BoxdPb__ListProxiesResponse *)out;
    machine *m = machine_of(c, request->vm, request->vm_name);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (!ensure_default(m))
        return no_listener(c);
    size_t count = 0;
    for (const proxy *p = m->proxies; p != NULL; p = p->next)
        count++;
    reply->proxies = arena_alloc(&c->memory, count * sizeof(void *));
    for (const proxy *p = m->proxies; p != NULL; p = p->next)
        reply->proxies[reply->n_proxies++] = proxy_info(c, m, p);
    return 0;
}

static int delete_proxy(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__DeleteProxyRequest *request = (const BoxdPb__DeleteProxyRequest *)message;
    (void)out;
    machine *m = machine_of(c, request->vm, request->vm_name);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (request->name[0] == '\0')
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the default proxy cannot be deleted");
    proxy **place = find(m, request->name);
    if (*place == NULL)
        return call_error(c, GRPC_STATUS_NOT_FOUND, "VM %s has no proxy named \"%.80s\"", m->name,
                          request->name);
    remove_at(place);
    return 0;
}

/* 0: not a valid port. */
static uint16_t parse_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    bool good =
        errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && port > 0 && port <= UINT16_MAX;
    return good ? (uint16_t)port : 0;
}

static int set_proxy_port(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetProxyPortRequest *request = (const BoxdPb__SetProxyPortRequest *)message;
    (void)out;
    machine *m = machine_of(c, request->vm, request->vm_name);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (!ensure_default(m))
        return no_listener(c);
    proxy *p = *find(m, request->name);
    if (p == NULL)
        return call_error(c, GRPC_STATUS_NOT_FOUND, "VM %s has no proxy named \"%.80s\"", m->name,
                          request->name);
    /* "auto" searches for no port here: on the network of the host any program may listen. */
    bool automatic = generation_served != GENERATION_0_1 && strcmp(request->port, "auto") == 0;
    uint16_t port = automatic ? DEFAULT_PORT : parse_port(request->port);
    if (automatic && p->name[0] != '\0')
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "only the default proxy supports the port \"auto\"");
    if (port == 0)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "\"%.40s\" is not a valid port: send a number from 1 to 65535", request->port);
    p->automatic = automatic;
    p->port = port;
    forward_set_port(p->forward, port);
    return 0;
}

const rpc_handler proxy_rpcs[] = {
    {.rpc = "CreateProxy", .unary = create_proxy},
    {.rpc = "ListProxies", .unary = list_proxies},
    {.rpc = "DeleteProxy", .unary = delete_proxy},
    {.rpc = "SetProxyPort", .unary = set_proxy_port},
    {NULL, NULL, NULL},
};

const machine_extension proxy_extension = {.unregistered = remove_all};
