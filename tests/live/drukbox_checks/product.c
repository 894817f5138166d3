/*
 * product.c: the description of Drukbox for the program: its tables, its budget, its client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drukbox_checks/fixture.h"
#include "drukbox_checks/remove.h"
#include "evidence.h"

static const live_check *const tables[] = {
    drukbox_service_checks, drukbox_host_checks, drukbox_refusal_checks,
    drukbox_other_checks,   drukbox_end_checks,  NULL,
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static const char *missing(void)
{
    if (is_set("SANDBOX_SERVICE_URL"))
        return is_set("SANDBOX_SERVICE_TOKEN") ? NULL : "SANDBOX_SERVICE_TOKEN is not set";
    return is_set("SANDBOX_SERVICE_TOKEN") ? "SANDBOX_SERVICE_URL is not set"
                                           : "SANDBOX_SERVICE_URL and SANDBOX_SERVICE_TOKEN are not set";
}

static const char *credential(void)
{
    return "SANDBOX_SERVICE_TOKEN";
}

/* The service does not say whose token a token is. The list shows whether it accepts the token. */
static bool account(live *l, char *out, size_t size, boxd_error *error)
{
    const char *token = getenv("SANDBOX_SERVICE_TOKEN");
    drukbox_hosts *hosts = drukbox_host_list(drukbox_of(l)->client, &l->call, error);
    const bool good = hosts != NULL;
    (void)snprintf(out, size, "%s", token ? token : "");
    drukbox_hosts_free(hosts);
    return good;
}

static const char *service(void)
{
    return "Drukbox at the URL of the environment; the check service.routes shows its generation";
}

static bool open_client(live *l, boxd_error *error)
{
    drukbox_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        abort();
    const boxd_hooks hooks = evidence_hooks(l->evidence);
    l->state = state;
    state->client =
        drukbox_client_open_from_env(NULL, BOXD_OPTIONS(drukbox_client_options, .hooks = &hooks), error);
    return state->client != NULL;
}

static void close_client(live *l)
{
    drukbox_state *state = l->state;
    (void)drukbox_client_close(state->client);
    json_decref(state->record);
    free(state);
}

const live_product live_drukbox = {
    .name = "drukbox",
    .box_name = "hosts",
    .box_size = "the default size of the default provider and a lease of 30 to 35 minutes each",
    .others = "one HTTP proxy, and one service account if the token is an admin key",
    .budget = {.boxes = 2, .disks = 0, .exchanges = 0, .seconds = 900},
    .create_ms = 300000,
    .tables = tables,
    .open = open_client,
    .close = close_client,
    .missing = missing,
    .credential = credential,
    .service = service,
    .url = base_url,
    .account = account,
    .account_is = "token",
    .clean = clean_drukbox,
};
