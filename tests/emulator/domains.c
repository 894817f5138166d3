/*
 * domains.c: a machine's own domains, in both generations' words: BindDomain, UnbindDomain, ListDomains and
 * AddCustomDomain, RemoveCustomDomain, ListCustomDomains. No name server is asked: a domain is active at
 * once.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "machines.h"
#include "services.h"

typedef struct domain {
    struct domain *next;
    char *name; /* lower case */
    const machine *m;
} domain;

/* core thread only */
static domain *domains; /* in order of creation */
static size_t domain_count;

static domain **find(const char *name)
{
    domain **d = &domains;
    while (*d != NULL && strcasecmp((*d)->name, name) != 0)
        d = &(*d)->next;
    return d;
}

static void remove_at(domain **d)
{
    domain *gone = *d;
    *d = gone->next;
    domain_count--;
    free(gone->name);
    free(gone);
}

void domains_forget(const machine *m)
{
    for (domain **d = &domains; *d != NULL;) {
        if ((*d)->m == m)
            remove_at(d);
        else
            d = &(*d)->next;
    }
}

void domains_destroy(void)
{
    while (domains != NULL)
        remove_at(&domains);
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

/* NULL, and *code says why. */
static domain *add(call *c, const char *name, const char *vm, int *code)
{
    const machine *m = machine_find(c, vm);
    *code = m ? 0 : GRPC_STATUS_NOT_FOUND;
    if (m == NULL)
        return NULL;
    domain **place = find(name);
    if (!is_domain(name))
        *code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.200s\" is no domain name", name);
    else if (*place != NULL)
        *code = call_error(c, GRPC_STATUS_ALREADY_EXISTS, "%s is bound to VM %s already", (*place)->name,
                           (*place)->m->name);
    if (*code != 0)
        return NULL;
    domain *d = xcalloc(1, sizeof *d);
    d->name = xstrdup(name);
    for (char *p = d->name; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    d->m = m;
    *place = d;
    domain_count++;
    return d;
}

static int remove_named(call *c, const char *name)
{
    domain **d = find(name);
    if (*d == NULL)
        return call_error(c, GRPC_STATUS_NOT_FOUND, "the domain \"%.200s\" is not bound", name);
    remove_at(d);
    return 0;
}

/* ---- 0.1.2 ---- */

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
    reply->domains = arena_alloc(&c->memory, domain_count * sizeof(void *));
    for (const domain *d = domains; d != NULL; d = d->next) {
        BoxdPb__DomainInfo *info = message_new(&c->memory, &boxd_pb__domain_info__descriptor);
        info->domain = arena_strdup(&c->memory, d->name);
        info->vm_id = arena_strdup(&c->memory, d->m->id);
        reply->domains[reply->n_domains++] = info;
    }
    return 0;
}

/* ---- today ---- */

static BoxdPb__CustomDomainInfo *custom_info(call *c, const domain *d)
{
    BoxdPb__CustomDomainInfo *info = message_new(&c->memory, &boxd_pb__custom_domain_info__descriptor);
    info->domain = arena_strdup(&c->memory, d->name);
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
    reply->domains = arena_alloc(&c->memory, domain_count * sizeof(void *));
    for (const domain *d = domains; d != NULL; d = d->next)
        reply->domains[reply->n_domains++] = custom_info(c, d);
    return 0;
}

void domains_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    if (domain_count == 0)
        return;
    reply->custom_domains = arena_alloc(&c->memory, domain_count * sizeof(void *));
    for (const domain *d = domains; d != NULL; d = d->next) {
        if (d->m == m)
            reply->custom_domains[reply->n_custom_domains++] = custom_info(c, d);
    }
}

const service_row domain_rows[] = {
    {.rpc = "BindDomain", .unary = bind_domain},
    {.rpc = "UnbindDomain", .unary = unbind_domain},
    {.rpc = "ListDomains", .unary = list_domains},
    {.rpc = "AddCustomDomain", .unary = add_custom_domain},
    {.rpc = "RemoveCustomDomain", .unary = remove_custom_domain},
    {.rpc = "ListCustomDomains", .unary = list_custom_domains},
    {NULL, NULL, NULL},
};
