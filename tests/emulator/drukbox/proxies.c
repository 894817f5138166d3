/*
 * proxies.c: the routes of HTTP proxies, and the list of their names. HTTP threads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "drukbox/internal.h"

static const location BODY = {NULL, "body"};

typedef struct proxy {
    struct proxy *next;
    char *name;
} proxy;

static proxy *proxies; /* guarded by drukbox_lock */

static proxy **find(const char *name)
{
    proxy **slot = &proxies;
    while (*slot != NULL && strcmp((*slot)->name, name) != 0)
        slot = &(*slot)->next;
    return slot;
}

static void remove_proxy(proxy **slot)
{
    proxy *p = *slot;
    *slot = p->next;
    free(p->name);
    free(p);
}

void proxies_free(void)
{
    while (proxies != NULL)
        remove_proxy(&proxies);
}

static http_response unsupported(const drukbox_provider *provider)
{
    return drukbox_error(MHD_HTTP_NOT_IMPLEMENTED, "HTTP_PROXY_UNSUPPORTED",
                         "VM provider '%s' does not support HttpProxyCapability", provider->name);
}

static http_response proxy_not_found(void)
{
    return drukbox_error(MHD_HTTP_NOT_FOUND, "HTTP_PROXY_NOT_FOUND", "http proxy not found");
}

static void check_proxy_name(drukbox_call *c, const location *at, const json_t *value)
{
    if (!differs(DIFFER_DRUKBOX_PROXY_NAME))
        check_name(c, at, &RULE_PROXY, value);
}

/* ---- routes ---- */

static http_response make(const char *name)
{
    proxy **slot = find(name);
    if (*slot != NULL)
        return drukbox_error(MHD_HTTP_CONFLICT, "HTTP_PROXY_EXISTS", "http proxy already exists");
    *slot = xcalloc(1, sizeof **slot);
    (*slot)->name = xstrdup(name);
    return http_json(MHD_HTTP_CREATED, json_pack("{s:s, s:s}", "name", name, "status", "created"));
}

http_response drukbox_create_proxy(drukbox_call *c)
{
    const location name_at = {&BODY, "name"};
    const char *name = check_string(c, &BODY, c->body, "name", STRING_REQUIRED);
    if (name != NULL)
        check_proxy_name(c, &name_at, json_object_get(c->body, "name"));
    check_proxy_target(c, &BODY, c->body);
    check_headers(c, &BODY, c->body);
    if (name == NULL || drukbox_has_problems(c))
        return drukbox_invalid(c);
    if (!drukbox_active_provider()->proxies)
        return unsupported(drukbox_active_provider());
    pthread_mutex_lock(&drukbox_lock);
    http_response response = make(name);
    pthread_mutex_unlock(&drukbox_lock);
    return response;
}

/* The name in the path. */
static bool has_proxy_name(drukbox_call *c)
{
    const location path = {NULL, "path"}, at = {&path, "name"};
    json_t *value = json_string(c->param[0]);
    check_proxy_name(c, &at, value);
    json_decref(value);
    return !drukbox_has_problems(c);
}

http_response drukbox_delete_proxy(drukbox_call *c)
{
    if (!has_proxy_name(c))
        return drukbox_invalid(c);
    if (!drukbox_active_provider()->proxies)
        return unsupported(drukbox_active_provider());
    pthread_mutex_lock(&drukbox_lock);
    proxy **slot = find(c->param[0]);
    bool found = *slot != NULL;
    if (found)
        remove_proxy(slot);
    pthread_mutex_unlock(&drukbox_lock);
    return found ? drukbox_no_content() : proxy_not_found();
}

static bool has_vm(const drukbox_host *h)
{
    return strcmp(h->status, "active") == 0 || strcmp(h->status, "bootstrapping") == 0;
}

/* True if the path names a proxy and a host that supports proxies. The host is checked first. Attachments are
 * not kept, since no route returns them. */
static bool find_both(drukbox_call *c, char id[37], http_response *refusal)
{
    const bool named = has_proxy_name(c);
    if (!check_path_uuid(c, 1, "host_id", id) || !named) {
        *refusal = drukbox_invalid(c);
        return false;
    }
    pthread_mutex_lock(&drukbox_lock);
    const drukbox_host *h = host_find(id);
    bool good = false;
    if (h == NULL)
        *refusal = host_not_found();
    else if (!has_vm(h))
        *refusal = drukbox_error(MHD_HTTP_CONFLICT, "HOST_STATE", "host does not have a backing VM");
    else if (!h->provider->proxies)
        *refusal = unsupported(h->provider);
    else if (*find(c->param[0]) == NULL)
        *refusal = proxy_not_found();
    else
        good = true;
    pthread_mutex_unlock(&drukbox_lock);
    return good;
}

http_response drukbox_attach_proxy(drukbox_call *c)
{
    char id[37];
    http_response refusal;
    if (!find_both(c, id, &refusal))
        return refusal;
    return http_json(MHD_HTTP_OK,
                     json_pack("{s:s, s:s, s:s}", "name", c->param[0], "host_id", id, "status", "attached"));
}

http_response drukbox_detach_proxy(drukbox_call *c)
{
    char id[37];
    http_response refusal;
    return find_both(c, id, &refusal) ? drukbox_no_content() : refusal;
}
