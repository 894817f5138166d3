/*
 * service.c: checks of the service as a whole: authentication, routes, the doctor.
 */
#include <stdio.h>
#include <string.h>

#include "drukbox_checks/fixture.h"

static void see_detail(live *l, const raw_answer *a)
{
    const char *detail = json_string_value(json_object_get(a->json, "detail"));
    char shown[300];
    live_see(l, "%ld%s%s", a->status, detail ? " " : "",
             detail ? boxd_printable(detail, shown, sizeof shown) : "");
}

static void see_with(live *l, const char *method, const char *path, const char *authorization)
{
    char url[700], shown[200];
    raw_answer a;
    (void)snprintf(url, sizeof url, "%s%s", base_url(), path);
    (void)snprintf(shown, sizeof shown, "%s %s", method, path);
    raw_http(l,
             &(raw_request){.method = method,
                            .url = url,
                            .shown = shown,
                            .headers = (const char *const[]){authorization, NULL}},
             &a);
    see_detail(l, &a);
    raw_answer_free(&a);
}

static void health(live *l)
{
    char url[700];
    raw_answer a;
    (void)snprintf(url, sizeof url, "%s/healthz", base_url());
    raw_http(l, &(raw_request){.method = "GET", .url = url, .shown = "GET /healthz"}, &a);
    const char *status = json_string_value(json_object_get(a.json, "status"));
    live_see(l, "%ld, status %s", a.status, status ? status : "missing");
    raw_answer_free(&a);
}

static void no_token(live *l)
{
    see_with(l, "GET", "/hosts", NULL);
}

static void wrong_token(live *l)
{
    see_with(l, "GET", "/hosts", "Authorization: Bearer boxd-live-no-token");
}

static void see_authorized(live *l, const char *method, const char *path)
{
    raw_answer a;
    api(l, method, path, NULL, NULL, &a);
    see_detail(l, &a);
    raw_answer_free(&a);
}

static void unknown_path(live *l)
{
    see_authorized(l, "GET", "/boxd-live-no-such-path");
}

static void method(live *l)
{
    see_authorized(l, "PUT", "/hosts");
}

static void slash(live *l)
{
    raw_answer a;
    api(l, "GET", "/hosts/", NULL, NULL, &a);
    live_see(l, "%ld, %s", a.status, a.size ? "a body" : "no body");
    raw_answer_free(&a);
}

static void doctor(live *l)
{
    raw_answer a;
    char keys[300];
    api(l, "GET", "/doctor", NULL, NULL, &a);
    raw_keys(a.json, keys, sizeof keys);
    live_see(l, "%ld, %s", a.status, keys);
    raw_answer_free(&a);
}

static void doctor_checks(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_doctor_report *report = drukbox_client_doctor(drukbox_of(l)->client, &l->call, &error);
    if (!live_ok(l, report != NULL, &error))
        return;
    live_see(l, "%s:", report->ok ? "ok" : "not ok");
    for (size_t i = 0; i < report->check_count; i++)
        live_see(l, " %s", report->checks[i]->name);
    drukbox_doctor_report_free(report);
}

static void see_create(live *l, const char *kind, const char *path, json_t *body)
{
    raw_answer a;
    create_named(l, kind, live_name(l, "Routes"), path, body, &a);
    see_answer(l, &a);
    raw_answer_free(&a);
}

/* A create without the members that it needs, or with an invalid name, shows whether the route exists. */
static void routes(live *l)
{
    const char *name = live_name(l, "Routes");
    live_see(l, "GET /templates ");
    see_api(l, "GET", "/templates", NULL);
    live_see(l, ", POST /templates ");
    see_create(l, "template", "/templates", json_pack("{s:s}", "label", name));
    live_see(l, ", POST /service-accounts ");
    see_create(l, "service-account", "/service-accounts", json_pack("{s:s}", "name", name));
    live_see(l, ", POST /http-proxies ");
    see_create(l, "proxy", "/http-proxies", json_pack("{s:s}", "name", name));
}

const live_check drukbox_service_checks[] = {
    {"service.health", "4. Endpoints", "GET /healthz, no auth: 200 {\"status\":\"ok\"}.", "GET /healthz",
     "200, status ok", NULL, health},
    {"service.no-token", "8. Service behaviour", "401 without credentials: \"service token required\".",
     "GET /hosts without a token",
     "401 service token required|401 admin key or service account token required", NULL, no_token},
    {"service.wrong-token", "8. Service behaviour", "403 wrong token: \"service token rejected\".",
     "GET /hosts with an invalid token", "403 service token rejected|403 *", "403 *rejected", wrong_token},
    {"service.unknown-path", "8. Service behaviour", "Unknown path 404 \"Not Found\".",
     "GET of an unknown path", "404 Not Found", NULL, unknown_path},
    {"service.method", "8. Service behaviour", "Wrong method 405.", "PUT /hosts", "405 Method Not Allowed",
     NULL, method},
    {"service.slash", "8. Service behaviour", "/hosts/: 307 with empty body.", "GET /hosts/", "307, no body",
     NULL, slash},
    {"service.doctor", "5. Response records",
     "The report has ok, active_provider, tailscale_enabled, checks.", "GET /doctor",
     "200, ok, active_provider, tailscale_enabled, checks|200, ok, active_provider, tailnet, checks", NULL,
     doctor},
    {"service.doctor-checks", "5. Response records",
     "Order db, provider, then tailscale (newer service: exchange before tailscale).", "GET /doctor",
     "*: db provider|*: db provider tailscale|*: db provider exchange|*: db provider exchange tailscale",
     NULL, doctor_checks},
    {"service.routes", "10. Newer service", "Which generation is it, and what may this token use?",
     "requests of the routes without the members that they need, or with an invalid name", NULL,
     "GET /templates 200, POST /templates 422, POST /service-accounts 422, POST /http-proxies 422|"
     "GET /templates 200, POST /templates 422, POST /service-accounts 401*, POST /http-proxies 422|"
     "GET /templates 200, POST /templates 422, POST /service-accounts 403*, POST /http-proxies 422|"
     "GET /templates 404, POST /templates 404, POST /service-accounts 404, POST /http-proxies 422",
     routes},
    {0},
};
