/*
 * domains.c: the domains of machines: BindDomain, UnbindDomain, ListDomains (service 0.1) and
 * AddCustomDomain, RemoveCustomDomain, ListCustomDomains (service 0.2). No name server is queried: a domain
 * is active at once. Core thread only.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/records.h"
#include "service/service.h"

typedef struct domain {
    /* First member; the name is in lower case. */
    record record;
    /* The machine's list. */
    struct domain *next;
    machine *m;
} domain;

/* core thread only */
static records domains;

static char *lower_case(arena *memory, const char *name)
{
    char *lower = arena_strdup(memory, name);
    for (char *p = lower; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return lower;
}

static domain *find(call *c, const char *name)
{
    return (domain *)records_by_name(&domains, lower_case(&c->memory, name));
}

static void remove_domain(domain *d)
{
    domain **place = &d->m->domains;
    while (*place != d)
        place = &(*place)->next;
    *place = d->next;
    records_remove(&domains, &d->record);
    free(d);
}

static void remove_all(machine *m)
{
    while (m->domains != NULL)
        remove_domain(m->domains);
}

static void destroy_all(void)
{
    records_end(&domains); /* the domains were removed with their machines */
}

/* Two labels or more, each of letters, digits and inner hyphens. */
static bool is_domain(const char *name)
{
    size_t labels = 0;
    if (strlen(name) > 253)
        return false;
    for (const char *p = name;; p++) {
        size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
        if (length == 0 || length > 63 || p[0] == '-' || p[length - 1] == '-')
            return false;
        labels++;
        p += length;
        if (*p == '\0')
            return labels > 1;
        if (*p != '.')
            return false;
    }
}

/* NULL on an error, whose code is in *code. */
static domain *add(call *c, const char *name, const char *vm, int *code)
{
    machine *m = machine_find(c, vm);
    *code = m ? 0 : GRPC_STATUS_NOT_FOUND;
    if (m == NULL)
        return NULL;
    const domain *other = find(c, name);
    if (!is_domain(name))
        *code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.200s\" is not a valid domain name", name);
    else if (other != NULL)
        *code = call_error(c, GRPC_STATUS_ALREADY_EXISTS, "%s is already bound to VM %s", other->record.name,
                           other->m->name);
    if (*code != 0)
        return NULL;
    domain *d = xcalloc(1, sizeof *d), **end = &m->domains;
    records_add(&domains, &d->record, lower_case(&c->memory, name));
    d->m = m;
    while (*end != NULL)
        end = &(*end)->next;
    *end = d;
    return d;
}

static int remove_named(call *c, const char *name)
{
    domain *d = find(c, name);
    if (d == NULL)
        return call_error(c, GRPC_STATUS_NOT_FOUND, "the domain \"%.200s\" is not bound", name);
    remove_domain(d);
    return 0;
}

/* ---- service 0.1 ---- */

static int bind_domain(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__BindDomainRequest *request = (const BoxdPb__BindDomainRequest *)message;
    int code;
    (void)out;
    (void)add(c, request->domain, request->vm_id, &code);
    return code;
}

static int unbind_domain(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return remove_named(c, ((const BoxdPb__UnbindDomainRequest *)message)->domain);
}

static int list_domains(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListDomainsResponse *reply = (BoxdPb__ListDomainsResponse *)out;
    (void)message;
    reply->domains = arena_alloc(&c->memory, domains.count * sizeof(void *));
    for (const record *r = domains.first; r != NULL; r = r->next) {
        const domain *d = (const domain *)r;
        BoxdPb__DomainInfo *info = message_new(&c->memory, &boxd_pb__domain_info__descriptor);
        info->domain = arena_strdup(&c->memory, d->record.name);
        info->vm_id = arena_strdup(&c->memory, d->m->id);
        reply->domains[reply->n_domains++] = info;
    }
    return 0;
}

/* ---- service 0.2 ---- */

static BoxdPb__CustomDomainInfo *custom_info(call *c, const domain *d)
{
    BoxdPb__CustomDomainInfo *info = message_new(&c->memory, &boxd_pb__custom_domain_info__descriptor);
    info->domain = arena_strdup(&c->memory, d->record.name);
    info->vm_id = arena_strdup(&c->memory, d->m->id);
    info->vm_name = arena_strdup(&c->memory, d->m->name);
    info->status = "active";
    return info;
}

static int add_custom_domain(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__AddCustomDomainRequest *request = (const BoxdPb__AddCustomDomainRequest *)message;
    int code;
    const domain *d = add(c, request->domain, request->vm_id, &code);
    if (d != NULL)
        ((BoxdPb__AddCustomDomainResponse *)out)->domain = custom_info(c, d);
    return code;
}

static int remove_custom_domain(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return remove_named(c, ((const BoxdPb__RemoveCustomDomainRequest *)message)->domain);
}

static int list_custom_domains(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListCustomDomainsResponse *reply = (BoxdPb__ListCustomDomainsResponse *)out;
    (void)message;
    reply->domains = arena_alloc(&c->memory, domains.count * sizeof(void *));
    for (const record *r = domains.first; r != NULL; r = r->next)
        reply->domains[reply->n_domains++] = custom_info(c, (const domain *)r);
    return 0;
}

void domains_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    size_t count = 0;
    for (const domain *d = m->domains; d != NULL; d = d->next)
        count++;
    reply->custom_domains = arena_alloc(&c->memory, count * sizeof(void *));
    for (const domain *d = m->domains; d != NULL; d = d->next)
        reply->custom_domains[reply->n_custom_domains++] = custom_info(c, d);
}

const rpc_handler domain_rpcs[] = {
    {.rpc = "BindDomain", .unary = bind_domain},
    {.rpc = "UnbindDomain", .unary = unbind_domain},
    {.rpc = "ListDomains", .unary = list_domains},
    {.rpc = "AddCustomDomain", .unary = add_custom_domain},
    {.rpc = "RemoveCustomDomain", .unary = remove_custom_domain},
    {.rpc = "ListCustomDomains", .unary = list_custom_domains},
    {NULL, NULL, NULL},
};

const machine_extension domain_extension = {.unregistered = remove_all, .shutdown = destroy_all};
