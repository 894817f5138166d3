/*
 * remove.c: removes the hosts of a run, its HTTP proxies and its service accounts. The service gives a host
 * its name; so a host whose create had no answer is recognised by the end of its lease, which the journal has
 * to the millisecond. In the parent process.
 */
#include "drukbox_checks/remove.h"

#include <drukbox/drukbox.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    drukbox_client *client;
    journal *journal;
    clean_log *log;
    boxd_call_options call;
    /* Of this round: found, and not removed. */
    size_t found, failed;
    /* The last failure. */
    char failure[BOXD_ERROR_MESSAGE_SIZE + 200];
} cleaning;

static bool is_ours(const cleaning *c, const drukbox_host *host)
{
    char lease[32];
    (void)snprintf(lease, sizeof lease, "%" PRId64, host->expires_at_ms);
    const bool by_lease = journal_has(c->journal, "lease", lease);
    if (by_lease)
        clean_answered(c->journal, lease);
    return by_lease || journal_has(c->journal, "host", host->id);
}

static void take(cleaning *c, boxd_status status, const char *kind, const char *name, const boxd_error *error)
{
    if (status == BOXD_OK) {
        c->found++;
        clean_removed(c->log, kind, name);
    } else if (status != BOXD_ERR_NOT_FOUND) {
        c->failed++;
        (void)snprintf(c->failure, sizeof c->failure, "%s %s: %s", kind, name, error->message);
    }
}

static void clean_hosts(cleaning *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_hosts *hosts = drukbox_host_list(c->client, &c->call, &error);
    if (hosts == NULL) {
        c->failed++;
        (void)snprintf(c->failure, sizeof c->failure, "the list of hosts: %s", error.message);
    }
    for (size_t i = 0; hosts != NULL && i < hosts->count; i++)
        if (is_ours(c, hosts->items[i]))
            take(c, drukbox_host_delete(c->client, hosts->items[i]->id, &c->call, &error), "host",
                 hosts->items[i]->name, &error);
    drukbox_hosts_free(hosts);
}

static void clean_proxy(const char *name, void *data)
{
    cleaning *c = data;
    boxd_error error = BOXD_ERROR_INIT;
    take(c, drukbox_http_proxy_delete(c->client, name, &c->call, &error), "HTTP proxy", name, &error);
}

static void clean_account(const char *name, void *data)
{
    cleaning *c = data;
    boxd_error error = BOXD_ERROR_INIT;
    take(c, drukbox_service_account_remove(c->client, name, &c->call, &error), "service account", name,
         &error);
}

/* Only a service that accepts what the contract refuses has one. */
static void clean_templates(cleaning *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    const size_t length = strlen(c->journal->prefix);
    drukbox_templates *list = drukbox_template_list(c->client, &c->call, &error);
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->items[i]->label != NULL && strncmp(list->items[i]->label, c->journal->prefix, length) == 0)
            take(c, drukbox_template_delete(c->client, list->items[i]->id, &c->call, &error), "template",
                 list->items[i]->label, &error);
    drukbox_templates_free(list);
}

static void clean_round(cleaning *c)
{
    c->found = c->failed = 0;
    clean_hosts(c);
    c->failed += clean_unanswered(c->journal, "lease", c->failure, sizeof c->failure);
    clean_templates(c);
    journal_each(c->journal, "proxy", clean_proxy, c);
    journal_each(c->journal, "account", clean_account, c);
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

bool clean_drukbox(journal *j, clean_log *log, boxd_cancel_token *cancel)
{
    boxd_error error = BOXD_ERROR_INIT;
    cleaning c = {.journal = j, .log = log};
    const int64_t deadline_ms = clean_now_ms() + CLEAN_MS;
    c.call = (boxd_call_options){.size = sizeof c.call, .timeout_ms = CLEAN_CALL_MS, .cancel = cancel};
    c.client = drukbox_client_open_from_env(NULL, NULL, &error);
    if (c.client == NULL) {
        clean_left(log, "everything of the run", j->prefix, &error);
        return false;
    }
    clean_round(&c);
    while ((c.found > 0 || c.failed > 0) && clean_now_ms() < deadline_ms &&
           !boxd_cancel_token_is_cancelled(cancel)) {
        pause_ms(c.failed > 0 ? 2000 : 100);
        clean_round(&c);
    }
    if (c.failed > 0) {
        (void)snprintf(error.message, sizeof error.message, "%.500s", c.failure);
        clean_left(log, "objects of the run", j->prefix, &error);
    }
    (void)drukbox_client_close(c.client);
    return c.failed == 0 && c.found == 0;
}
