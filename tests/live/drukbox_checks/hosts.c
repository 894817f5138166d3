/*
 * hosts.c: checks of creating, reading, listing and renewing hosts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drukbox_checks/fixture.h"

static const char *member(live *l, const char *name)
{
    const char *text = json_string_value(json_object_get(drukbox_of(l)->record, name));
    return text ? text : "";
}

static void create(live *l)
{
    if (need_host(l) != NULL)
        live_see(l, "%ld, status %s", drukbox_of(l)->create_status, member(l, "status"));
}

static bool is_known(const char *key)
{
    for (const char *const *field = drukbox_host_fields; *field != NULL; field++)
        if (strcmp(*field, key) == 0)
            return true;
    return false;
}

static void record(live *l)
{
    const char *key;
    json_t *value;
    bool any = false;
    if (need_host(l) == NULL)
        return;
    live_see(l, "missing:");
    for (const char *const *field = drukbox_host_fields; *field != NULL; field++) {
        if (json_object_get(drukbox_of(l)->record, *field) == NULL) {
            live_see(l, " %s", *field);
            any = true;
        }
    }
    live_see(l, "%s; more:", any ? "" : " none");
    any = false;
    json_object_foreach(drukbox_of(l)->record, key, value)
    {
        if (!is_known(key)) {
            live_see(l, " %s", key);
            any = true;
        }
    }
    live_see(l, "%s", any ? "" : " none");
}

static void forms(live *l)
{
    if (need_host(l) == NULL)
        return;
    live_see(l, "id %s, name %s",
             live_matches("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$", member(l, "id"))
                 ? "a UUIDv7"
                 : "of another form",
             live_matches("^sb-[0-9a-f]{12}$", member(l, "name")) ? "sb- and 12 digits" : "of another form");
}

static void times(live *l)
{
    if (need_host(l) == NULL)
        return;
    const char *text = member(l, "created_at");
    live_note(l, "created_at: %s", text);
    live_see(l, "%s",
             *text == '\0'                                                          ? "not sent"
             : live_matches("^[0-9-]{10}T[0-9:]{8}(\\.[0-9]{1,6})?Z$", text)        ? "UTC with Z"
             : live_matches("^[0-9-]{10}T[0-9:]{8}(\\.[0-9]{1,6})?\\+00:00$", text) ? "UTC with +00:00"
                                                                                    : "another form");
}

static void private_key(live *l)
{
    if (need_host(l) != NULL)
        live_see(l, "provider %s: %s", member(l, "provider"),
                 drukbox_of(l)->has_private_key ? "set" : "null");
}

static void address(live *l)
{
    if (need_host(l) == NULL)
        return;
    live_see(l, "host %s, user %s, known_hosts %s", *member(l, "external_ssh_host") ? "set" : "empty",
             *member(l, "ssh_username") ? "set" : "empty", *member(l, "known_hosts") ? "set" : "empty");
}

static void expiry(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_host(l) == NULL)
        return;
    drukbox_host *host = drukbox_host_get(drukbox_of(l)->client, drukbox_of(l)->host_id, &l->call, &error);
    if (live_ok(l, host != NULL, &error))
        live_see(l, "%s", host->expires_at_ms == drukbox_of(l)->expires_ms ? "as requested" : "another time");
    drukbox_host_free(host);
}

static void get(live *l)
{
    char path[100];
    raw_answer a;
    if (need_host(l) == NULL)
        return;
    (void)snprintf(path, sizeof path, "/hosts/%s", drukbox_of(l)->host_id);
    api(l, "GET", path, NULL, NULL, &a);
    live_see(l, "%ld, private_key %s", a.status,
             json_is_null(json_object_get(a.json, "private_key")) ? "null" : "not null");
    raw_answer_free(&a);
}

/* If the service makes another host, it has a lease of the run, and is the second host of the budget. */
static void replay(live *l)
{
    char header[100];
    raw_answer a;
    if (need_host(l) == NULL || !live_take_box(l))
        return;
    (void)snprintf(header, sizeof header, "Idempotency-Key: %s", drukbox_of(l)->key);
    (void)create_host(l, header, NULL, &a);
    const char *id = json_string_value(json_object_get(a.json, "id"));
    const bool same = id != NULL && strcmp(id, drukbox_of(l)->host_id) == 0;
    if (same)
        l->used.boxes--;
    else if (id != NULL)
        (void)snprintf(drukbox_of(l)->second_id, sizeof drukbox_of(l)->second_id, "%s", id);
    if (a.status == 0 || a.status >= 300)
        see_answer(l, &a);
    else
        live_see(l, "%s host, private_key %s", same ? "the same" : "another",
                 json_is_null(json_object_get(a.json, "private_key")) ? "null" : "not null");
    raw_answer_free(&a);
}

/* The order of all hosts of the account. */
static void list_order(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_second_host(l) == NULL)
        return;
    drukbox_hosts *hosts = drukbox_host_list(drukbox_of(l)->client, &l->call, &error);
    if (!live_ok(l, hosts != NULL, &error))
        return;
    bool descending = true, ascending = true, dated = true;
    for (size_t i = 1; i < hosts->count; i++) {
        const char *before = hosts->items[i - 1]->created_at, *after = hosts->items[i]->created_at;
        dated = dated && before != NULL && after != NULL;
        const int order = dated ? strcmp(before, after) : 0;
        descending = descending && order >= 0;
        ascending = ascending && order <= 0;
    }
    live_see(l, "%s",
             !dated       ? "hosts without created_at"
             : descending ? "the newest first"
             : ascending  ? "the oldest first"
                          : "no order");
    drukbox_hosts_free(hosts);
}

/* Renewal is absolute, and may shorten the lease. */
static void renew(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    const int64_t lease = need_host(l) ? new_lease(l) : 0;
    if (lease == 0)
        return;
    drukbox_host *host = drukbox_host_renew(
        drukbox_of(l)->client, drukbox_of(l)->host_id,
        BOXD_OPTIONS(drukbox_host_renew_options, .call = l->call, .expires_at_ms = lease), &error);
    lease_answered(l, lease, NULL); /* of a host that is known by its id */
    if (live_ok(l, host != NULL, &error)) {
        live_see(l, "%s", host->expires_at_ms == lease ? "as requested" : "another time");
        drukbox_of(l)->expires_ms = host->expires_at_ms;
    }
    drukbox_host_free(host);
}

const live_check drukbox_host_checks[] = {
    {"hosts.create", "8. Service behaviour",
     "POST /hosts: 201, blocks until active; unknown request keys are ignored.", "POST /hosts",
     "201, status active", NULL, create},
    {"hosts.record", "5. Response records", "The record has 19 fields, in newer services 20 or 21.",
     "POST /hosts",
     "missing: none; more: none|missing: none; more: service_account|missing: none; more: service_account "
     "lease_deadline",
     NULL, record},
    {"hosts.forms", "5. Response records", "id: UUIDv7, lower case; name: sb- + 12 hex.", "POST /hosts",
     "id a UUIDv7, name sb- and 12 digits", NULL, forms},
    {"hosts.times", "5. Response records", "The service writes UTC with Z; accept also +00:00.",
     "POST /hosts", "UTC with Z|UTC with +00:00", "UTC with Z", times},
    {"hosts.private-key", "12. Seen on the running service",
     "private_key is null for exe, with a tailnet, and from the warm pool. Is it here?", "POST /hosts", NULL,
     NULL, private_key},
    {"hosts.address", "5. Response records",
     "external_ssh_host may be \"\" (AWS with Tailscale); the others are set once the host is active.",
     "POST /hosts", "host *, user set, known_hosts set", "host set, user set, known_hosts set", address},
    {"hosts.expiry", "8. Service behaviour", "An explicit expires_at is the end of the lease.",
     "POST /hosts, GET /hosts/{id}", "as requested", NULL, expiry},
    {"hosts.get", "5. Response records", "private_key: null in GET.", "GET /hosts/{id}",
     "200, private_key null", NULL, get},
    {"hosts.replay", "8. Service behaviour", "Same key -> same host; the replay carries private_key null.",
     "POST /hosts with the same Idempotency-Key", "the same host, private_key null", NULL, replay},
    {"hosts.list-order", "4. Endpoints", "GET /hosts: newest created first.", "GET /hosts",
     "the newest first", NULL, list_order},
    {"hosts.renew", "8. Service behaviour", "Renewal is absolute.", "POST /hosts/{id}/renew", "as requested",
     NULL, renew},
    {0},
};
