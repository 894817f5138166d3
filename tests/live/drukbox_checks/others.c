/*
 * others.c: checks of HTTP proxies, templates and service accounts, and of the end of a host, which come
 * last.
 */
#include <stdio.h>
#include <string.h>

#include "drukbox_checks/fixture.h"

/* ---- HTTP proxies ---- */

static void see_create_proxy(live *l, const char *name)
{
    raw_answer a;
    create_named(l, "proxy", name, "/http-proxies",
                 json_pack("{s:s, s:s, s:{s:s}}", "name", name, "target", "https://example.com", "headers",
                           "X-Boxd-Live", "1"),
                 &a);
    see_answer(l, &a);
    raw_answer_free(&a);
}

static void see_on_proxy(live *l, const char *method, const char *name, const char *host)
{
    char path[200];
    (void)snprintf(path, sizeof path, host ? "/http-proxies/%s/hosts/%s" : "/http-proxies/%s", name, host);
    see_api(l, method, path, NULL);
}

static void proxy_lifecycle(live *l)
{
    const char *host = need_host(l), *name = live_name(l, "proxy");
    if (host == NULL)
        return;
    live_see(l, "create ");
    see_create_proxy(l, name);
    live_see(l, ", again ");
    see_create_proxy(l, name);
    live_see(l, ", attach ");
    see_on_proxy(l, "POST", name, host);
    live_see(l, ", detach ");
    see_on_proxy(l, "DELETE", name, host);
    live_see(l, ", delete ");
    see_on_proxy(l, "DELETE", name, NULL);
    live_see(l, ", again ");
    see_on_proxy(l, "DELETE", name, NULL);
}

static void proxy_name(live *l)
{
    see_create_proxy(l, live_name(l, "proxy:"));
}

/* ---- templates ---- */

static void template_unknown(live *l)
{
    see_api(l, "GET", "/templates/01900000-0000-7000-8000-000000000000", NULL);
}

static void template_blank(live *l)
{
    raw_answer a;
    const char *label = live_name(l, "template");
    create_named(l, "template", label, "/templates",
                 json_pack("{s:s, s:s}", "setup_script", " ", "label", label), &a);
    see_answer(l, &a);
    raw_answer_free(&a);
}

/* ---- service accounts ---- */

static void create_account(live *l, const char *name)
{
    raw_answer a;
    create_named(l, "service-account", name, "/service-accounts", json_pack("{s:s}", "name", name), &a);
    see_answer(l, &a);
    if (a.status == 201)
        live_see(l, " %s, token %s", a.cache_control[0] ? a.cache_control : "no Cache-Control",
                 json_is_string(json_object_get(a.json, "token")) ? "set" : "missing");
    raw_answer_free(&a);
}

static void account_lifecycle(live *l)
{
    char path[100];
    const char *name = live_name(l, "account");
    (void)snprintf(path, sizeof path, "/service-accounts/%s", name);
    create_account(l, name);
    live_see(l, ", again ");
    create_account(l, name);
    live_see(l, ", delete ");
    see_api(l, "DELETE", path, NULL);
    live_see(l, ", again ");
    see_api(l, "DELETE", path, NULL);
}

const live_check drukbox_other_checks[] = {
    {"proxies.lifecycle", "8. Service behaviour",
     "http-proxies: 201; 409 HTTP_PROXY_EXISTS; 204; 404 HTTP_PROXY_NOT_FOUND; 501 with a provider other "
     "than exe.",
     "POST, POST, attach, detach, DELETE, DELETE",
     "create 201, again 409 HTTP_PROXY_EXISTS, attach 200, detach 204, delete 204, again 404 "
     "HTTP_PROXY_NOT_FOUND|create 501 HTTP_PROXY_UNSUPPORTED*",
     NULL, proxy_lifecycle},
    {"proxies.name", "8. Service behaviour", "Proxy name ^[A-Za-z0-9][A-Za-z0-9_.-]*$.",
     "POST /http-proxies with the name ...-proxy:", "422", NULL, proxy_name},
    {"templates.unknown", "10. Newer service", "404 \"template not found\".", "GET of an unknown template",
     "404 NOT_FOUND|404", NULL, template_unknown},
    {"templates.blank", "10. Newer service", "setup_script not blank.", "POST /templates with a blank script",
     "422|404", NULL, template_blank},
    {"accounts.lifecycle", "10. Newer service",
     "POST /service-accounts 201 with the token once, Cache-Control: no-store; 409; 204; 404. Admin keys "
     "only.",
     "POST, POST, DELETE, DELETE",
     "201 no-store, token set, again 409 SERVICE_ACCOUNT_EXISTS, delete 204, again 404 "
     "NOT_FOUND|401*|403*|404*",
     NULL, account_lifecycle},
    {0},
};

/* ---- the end of a host ---- */

static void see_on_host(live *l, const char *method)
{
    char path[100];
    (void)snprintf(path, sizeof path, "/hosts/%s", drukbox_of(l)->host_id);
    see_api(l, method, path, NULL);
}

static void end(live *l)
{
    raw_answer a;
    char path[100];
    if (need_host(l) == NULL)
        return;
    live_see(l, "delete ");
    see_on_host(l, "DELETE");
    (void)snprintf(path, sizeof path, "/hosts/%s", drukbox_of(l)->host_id);
    api(l, "GET", path, NULL, NULL, &a);
    live_see(l, ", get %ld, again ", a.status);
    raw_answer_free(&a);
    see_on_host(l, "DELETE");
}

const live_check drukbox_end_checks[] = {
    {"hosts.end", "9. What the SDK tests assert", "Delete, then 404.", "DELETE, GET, DELETE",
     "delete 204, get 404, again 404 NOT_FOUND", NULL, end},
    {0},
};
