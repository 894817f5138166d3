/*
 * remove.c: removes the hosts of a run, its HTTP proxies, templates and service accounts. The service gives a
 * host its name; so a host whose create had no answer is recognised by the end of its lease, which the
 * journal has to the millisecond. In the parent process.
 */
#include "drukbox_checks/remove.h"

#include <drukbox/drukbox.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- hosts ---- */

static bool is_ours(cleaning *c, const drukbox_host *host)
{
    char lease[32];
    (void)snprintf(lease, sizeof lease, "%" PRId64, host->expires_at_ms);
    const bool by_lease = host->expires_at != NULL && journal_count(c->journal, "lease", lease) > 0;
    if (by_lease)
        clean_answered(c, "lease", lease);
    return by_lease || journal_count(c->journal, "host-id", host->id) > 0;
}

static void clean_hosts(cleaning *c, drukbox_client *client)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_hosts *hosts = drukbox_host_list(client, &c->call, &error);
    if (hosts == NULL)
        clean_failed(c, "the list of hosts", &error);
    for (size_t i = 0; hosts != NULL && i < hosts->count; i++) {
        const drukbox_host *host = hosts->items[i];
        if (is_ours(c, host))
            clean_take(c, drukbox_host_delete(client, host->id, &c->call, &error), "host", host->name,
                       &error);
    }
    drukbox_hosts_free(hosts);
}

/* ---- objects with a name ---- */

typedef struct {
    cleaning *cleaning;
    drukbox_client *client;
} clean_data;

/* Whether there may be an object: the service has no list of them, and refuses the removal as well if it does
 * not have the route or the token does not suffice. */
static bool may_exist(const cleaning *c, const char *kind, const char *name)
{
    return journal_owns(c->journal, name) &&
           journal_count(c->journal, kind, name) > journal_count(c->journal, "refused", name);
}

static void take_named(cleaning *c, boxd_status status, const char *kind, const char *what, const char *name,
                       const boxd_error *error)
{
    if (status == BOXD_OK)
        clean_answered(c, kind, name);
    clean_take(c, status, what, name, error);
}

static void clean_proxy(const char *name, void *data)
{
    const clean_data *d = data;
    boxd_error error = BOXD_ERROR_INIT;
    if (may_exist(d->cleaning, "proxy", name))
        take_named(d->cleaning, drukbox_http_proxy_delete(d->client, name, &d->cleaning->call, &error),
                   "proxy", "HTTP proxy", name, &error);
}

static void clean_account(const char *name, void *data)
{
    const clean_data *d = data;
    boxd_error error = BOXD_ERROR_INIT;
    if (may_exist(d->cleaning, "service-account", name))
        take_named(d->cleaning, drukbox_service_account_remove(d->client, name, &d->cleaning->call, &error),
                   "service-account", "service account", name, &error);
}

/* By label, never by the id of an answer: for a script that it knows, the service returns the template that
 * it has, which may be of somebody else. */
static void clean_templates(cleaning *c, drukbox_client *client)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_templates *list = drukbox_template_list(client, &c->call, &error);
    if (list == NULL && error.status != BOXD_ERR_NOT_FOUND && error.status != BOXD_ERR_UNSUPPORTED)
        clean_failed(c, "the list of templates", &error);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const drukbox_template *it = list->items[i];
        if (journal_owns(c->journal, it->label))
            take_named(c, drukbox_template_delete(client, it->id, &c->call, &error), "template", "template",
                       it->label, &error);
    }
    drukbox_templates_free(list);
}

static void clean_round(cleaning *c, void *client)
{
    static const char *const kinds[] = {"lease", "template", "proxy", "service-account"};
    clean_data data = {c, client};
    clean_hosts(c, client);
    clean_templates(c, client);
    journal_each(c->journal, "proxy", clean_proxy, &data);
    journal_each(c->journal, "service-account", clean_account, &data);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        clean_unanswered(c, kinds[i]);
}

bool clean_drukbox(cleaning *c, boxd_error *error)
{
    drukbox_client *client = drukbox_client_open_from_env(NULL, NULL, error);
    if (client == NULL)
        return false;
    clean_rounds(c, clean_round, client);
    (void)drukbox_client_close(client);
    return true;
}
