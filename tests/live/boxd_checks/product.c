/*
 * product.c: the description of boxd for the program: its tables, its budget, its client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxd_checks/fixture.h"
#include "boxd_checks/remove.h"
#include "evidence.h"

static const live_check *const tables[] = {
    auth_checks, token_checks, account_checks, box_checks,  exec_checks,  stream_checks,
    file_checks, state_checks, service_checks, fork_checks, limit_checks, NULL,
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static const char *missing(void)
{
    return is_set("BOXD_API_KEY") || is_set("BOXD_TOKEN") ? NULL : "BOXD_API_KEY is not set";
}

/* As the library: a token takes precedence. */
static const char *credential(void)
{
    return is_set("BOXD_TOKEN") ? "BOXD_TOKEN" : "BOXD_API_KEY";
}

static const char *url(void)
{
    if (is_set("BOXD_BASE_URL"))
        return getenv("BOXD_BASE_URL");
    if (is_set("BOXD_API_URL"))
        return getenv("BOXD_API_URL");
    return is_set("BOXD_ENVIRONMENT") ? getenv("BOXD_ENVIRONMENT") : "production";
}

/* The id of the user. */
static bool account(live *l, char *out, size_t size, boxd_error *error)
{
    boxd_identity *me = boxd_compute_whoami(boxd_of(l)->compute, &l->call, error);
    const char *id = me && me->user_id ? me->user_id : "";
    (void)snprintf(out, size, "%s", id);
    if (me != NULL && *id == '\0')
        (void)snprintf(error->message, sizeof error->message, "Whoami did not return a user_id");
    boxd_identity_free(me);
    return *out != '\0';
}

static const char *service(void)
{
    const bool known = strcmp(url(), "production") == 0 || strcmp(url(), "staging") == 0;
    return known ? url() : "boxd at a URL of the environment";
}

static bool open_client(live *l, boxd_error *error)
{
    boxd_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        abort();
    const boxd_hooks hooks = evidence_hooks(l->evidence);
    l->state = state;
    state->compute = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .hooks = &hooks, .read_retries = -1,
                                                    .update_notice = BOXD_UPDATE_NOTICE_OFF),
                                       error);
    return state->compute != NULL;
}

static void close_client(live *l)
{
    boxd_state *state = l->state;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    boxd_compute_get_counters(state->compute, &counters);
    l->used.exchanges += (unsigned)counters.exchanges;
    boxd_box_free(state->box);
    boxd_box_free(state->fork);
    (void)boxd_compute_close(state->compute);
    explicit_bzero(state, sizeof *state);
    free(state);
}

const live_product live_boxd = {
    .name = "boxd",
    .box_name = "boxes",
    .box_size = "1 vCPU, 4 GiB of memory and the default disk each, 3 at a time",
    .others = "one disk of 1 GiB, one snapshot, one proxy, and one API token that is valid for 5 minutes",
    .budget = {.boxes = 5, .disks = 1, .exchanges = 6, .seconds = 900},
    .create_ms = 120000,
    .has_names = true,
    .tables = tables,
    .open = open_client,
    .close = close_client,
    .missing = missing,
    .credential = credential,
    .service = service,
    .url = url,
    .account = account,
    .account_is = "account",
    .clean = clean_boxd,
};
