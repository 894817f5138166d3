/*
 * refusals.c: checks of requests that the service refuses. Each create has a provider that no service has,
 * and a lease of the run in case that a service accepts it.
 */
#include <stdio.h>
#include <string.h>

#include "drukbox_checks/fixture.h"

#define UNKNOWN_HOST "/hosts/01900000-0000-7000-8000-000000000000"

static void get_unknown(live *l)
{
    raw_answer a;
    api(l, "GET", UNKNOWN_HOST, NULL, NULL, &a);
    const char *detail = json_string_value(json_object_get(a.json, "detail"));
    live_see(l, "%ld %s", a.status, detail ? detail : "");
    raw_answer_free(&a);
}

static void bad_id(live *l)
{
    see_api(l, "GET", "/hosts/no-uuid", NULL);
}

static void delete_unknown(live *l)
{
    see_api(l, "DELETE", UNKNOWN_HOST, NULL);
}

static void renew_unknown(live *l)
{
    see_api(l, "POST", UNKNOWN_HOST "/renew", "{}");
}

/* A host with the unknown provider and `members` (taken): see the top. */
static void create_refused(live *l, const char *header, json_t *members, raw_answer *a)
{
    (void)json_object_set_new(members, "provider", json_string("nope"));
    (void)create_host(l, header, members, a);
}

static void see_refused(live *l, const char *header, json_t *members)
{
    raw_answer a;
    create_refused(l, header, members, &a);
    see_answer(l, &a);
    raw_answer_free(&a);
}

static void unknown_provider(live *l)
{
    raw_answer a;
    create_refused(l, NULL, json_object(), &a);
    const char *detail = json_string_value(json_object_get(a.json, "detail"));
    live_see(l, "%ld %s", a.status, detail ? detail : "");
    raw_answer_free(&a);
}

static void env_name(live *l)
{
    see_refused(l, NULL, json_pack("{s:{s:s}}", "env", "1A", "x"));
}

static void env_reserved(live *l)
{
    see_refused(l, NULL, json_pack("{s:{s:s}}", "env", "TAILSCALE_AUTHKEY", "x"));
}

static void disk_size(live *l)
{
    see_refused(l, NULL, json_pack("{s:i}", "disk_gb", 0));
}

static void blank_image(live *l)
{
    see_refused(l, NULL, json_pack("{s:s}", "image", " "));
}

static void expiry_past(live *l)
{
    see_refused(l, NULL, json_pack("{s:s}", "expires_at", "2020-01-01T00:00:00+00:00"));
}

static void expiry_without_offset(live *l)
{
    see_refused(l, NULL, json_pack("{s:s}", "expires_at", "2090-01-01T00:00:00"));
}

static void content_type(live *l)
{
    see_refused(l, "Content-Type: text/plain", json_object());
}

static void entry(live *l)
{
    char keys[200];
    raw_answer a;
    create_refused(l, NULL, json_pack("{s:i}", "disk_gb", 0), &a);
    raw_keys(json_array_get(json_object_get(a.json, "detail"), 0), keys, sizeof keys);
    live_see(l, "%s", keys[0] ? keys : "no list of entries");
    raw_answer_free(&a);
}

const live_check drukbox_refusal_checks[] = {
    {"refusals.get-unknown", "8. Service behaviour", "GET /hosts/{id}: 404 \"host not found\".",
     "GET of an unknown id", "404 host not found", NULL, get_unknown},
    {"refusals.bad-id", "8. Service behaviour", "422: id not a UUID.", "GET /hosts/no-uuid", "422", NULL,
     bad_id},
    {"refusals.delete-unknown", "8. Service behaviour", "DELETE: 404 NOT_FOUND.", "DELETE of an unknown id",
     "404 NOT_FOUND", NULL, delete_unknown},
    {"refusals.renew-unknown", "8. Service behaviour", "renew: 404 NOT_FOUND.",
     "POST .../renew of an unknown id", "404 NOT_FOUND", NULL, renew_unknown},
    {"refusals.provider", "12. Seen on the running service",
     "Unknown provider: 400 `unknown provider 'nope'; available: ...`.", "POST /hosts with provider nope",
     "400 unknown provider 'nope'*", NULL, unknown_provider},
    {"refusals.env-name", "8. Service behaviour", "env keys match [A-Za-z_][A-Za-z0-9_]*.",
     "POST /hosts with env 1A", "422", NULL, env_name},
    {"refusals.env-reserved", "8. Service behaviour", "TAILSCALE_AUTHKEY is reserved.",
     "POST /hosts with env TAILSCALE_AUTHKEY", "422", NULL, env_reserved},
    {"refusals.disk-size", "8. Service behaviour", "disk_gb >= 1.", "POST /hosts with disk_gb 0", "422", NULL,
     disk_size},
    {"refusals.image", "8. Service behaviour", "image not blank.", "POST /hosts with a blank image", "422",
     NULL, blank_image},
    {"refusals.expiry-past", "8. Service behaviour", "expires_at in the future.",
     "POST /hosts with expires_at in 2020", "422", NULL, expiry_past},
    {"refusals.expiry-offset", "8. Service behaviour", "expires_at with offset.",
     "POST /hosts with expires_at without an offset", "422", NULL, expiry_without_offset},
    {"refusals.content-type", "8. Service behaviour", "A JSON body sent under another Content-Type is 422.",
     "POST /hosts with Content-Type: text/plain", "422", NULL, content_type},
    {"refusals.entry", "8. Service behaviour",
     "422 detail: list of {type, loc, msg, input, ctx}; in newer services type, loc, msg only.",
     "POST /hosts with disk_gb 0", "type, loc, msg, input, ctx|type, loc, msg", NULL, entry},
    {0},
};
