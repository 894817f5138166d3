/*
 * The parts of a Drukbox service besides hosts: doctor, proxies, templates, service accounts, secrets.
 */
#include "bad_server.h"
#include "drukbox_case.h"

#include <stdio.h>
#include <unistd.h>

static const char *own_name(const char *what)
{
    static char names[4][80];
    static int next;
    char *name = names[next++ % 4];
    (void)snprintf(name, sizeof names[0], "%s-%s-%d", what, surface_names[on_surface], (int)getpid());
    return name;
}

/* ---- the doctor ---- */

START_TEST(doctor)
{
    static const char *const names[] = {"db", "provider", "exchange"};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_doctor_report *report = try_client_doctor(&error);
    e2e_ok(report, error);
    ck_assert(report->ok && report->has_tailnet && !report->tailnet);
    ck_assert_str_eq(report->active_provider, "exe");
    ck_assert_uint_eq(report->check_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        const drukbox_doctor_check *check = report->checks[i];
        ck_assert_str_eq(check->name, names[i]);
        ck_assert_str_eq(check->status, "ok");
        ck_assert(check->ok && check->detail && !check->hint && check->has_latency_ms);
    }
    drukbox_doctor_report_free(report);
    drukbox_close(client);
}
END_TEST

static drukbox_doctor_report *diagnose(int i, const char *body, boxd_error *error)
{
    char answer[2048];
    (void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
                   body);
    bad_server *server = bad_server_start_one(BAD_HTTP, answer);
    drukbox_client *usual = client;
    on_surface = (drukbox_surface)i;
    client = drukbox_open_port(bad_server_port(server), 0);
    drukbox_doctor_report *report = try_client_doctor(error);
    drukbox_close(client);
    client = usual;
    bad_server_stop(server);
    return report;
}

/* Newer and older services report the tailnet in different members. A failed check is not an error of the
 * call. */
START_TEST(reports)
{
    static const struct {
        const char *body;
        bool ok, tailnet, has_tailnet;
        size_t checks;
        /* Or NULL. */
        const char *missing;
    } rows[] = {
        {"{\"ok\":true,\"active_provider\":\"exe\",\"tailnet\":true,\"checks\":[]}", true, true, true, 0,
         NULL},
        {"{\"ok\":true,\"tailscale_enabled\":true,\"checks\":[]}", true, true, true, 0, NULL},
        {"{\"ok\":false,\"tailscale_enabled\":true,\"tailnet\":false,\"checks\":[{}],\"more\":[1]}", false,
         false, true, 1, NULL},
        {"{\"ok\":true,\"tailnet\":null,\"tailscale_enabled\":true,\"checks\":[null]}", true, true, true, 1,
         NULL},
        {"{\"ok\":true,\"checks\":[{\"name\":5,\"status\":[],\"latency_ms\":\"5\"}]}", true, false, false, 1,
         NULL},
        {"{\"ok\":true}", false, false, false, 0, "checks"},
        {"{\"ok\":true,\"checks\":{}}", false, false, false, 0, "checks"},
        {"{\"checks\":[]}", false, false, false, 0, "ok"},
        {"{\"ok\":1,\"checks\":[]}", false, false, false, 0, "ok"},
        {"[]", false, false, false, 0, "not a doctor report"},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_doctor_report *report = diagnose(_i, rows[i].body, &error);
        if (rows[i].missing) {
            ck_assert_ptr_null(report);
            e2e_expect(&error, BOXD_ERR_RESPONSE, rows[i].missing);
            continue;
        }
        e2e_ok(report, error);
        ck_assert(report->ok == rows[i].ok && report->tailnet == rows[i].tailnet);
        ck_assert(report->has_tailnet == rows[i].has_tailnet && report->check_count == rows[i].checks);
        if (report->check_count)
            ck_assert(!report->checks[0]->name && !report->checks[0]->ok &&
                      !report->checks[0]->has_latency_ms);
        drukbox_doctor_report_free(report);
    }
    drukbox_close(client);
}
END_TEST

START_TEST(a_failed_check)
{
    static const char body[] = "{\"ok\":false,\"active_provider\":\"exe\",\"tailnet\":true,\"checks\":[{"
                               "\"name\":\"db\",\"status\":\"ok\","
                               "\"detail\":null,\"latency_ms\":3,\"hint\":null},{\"name\":\"tailscale\","
                               "\"status\":\"fail\",\"detail\":"
                               "\"a\\n\\tb\",\"latency_ms\":null,\"hint\":\"check_tailscale_oauth_and_api_"
                               "reachability\",\"new\":{}}]}";
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_doctor_report *report = diagnose(_i, body, &error);
    e2e_ok(report, error);
    const drukbox_doctor_check *good = report->checks[0], *bad = report->checks[1];
    ck_assert(!report->ok && good->ok && good->has_latency_ms && good->latency_ms == 3 && !good->detail);
    ck_assert(!bad->ok && !bad->has_latency_ms && bad->latency_ms == 0);
    ck_assert_str_eq(bad->detail, "a\n\tb");
    ck_assert_str_eq(bad->hint, "check_tailscale_oauth_and_api_reachability");
    drukbox_doctor_report_free(report);
    drukbox_close(client);
}
END_TEST

/* ---- proxies ---- */

START_TEST(proxies)
{
    const char *const *headers = BOXD_ARGV("Authorization=Bearer hunter2", "X-Empty=");
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    const char *name = own_name("proxy");
    drukbox_http_proxy *proxy = try_http_proxy_create(name, "https://api.example", headers, &error);
    e2e_ok(proxy, error);
    ck_assert_str_eq(proxy->name, name);
    ck_assert_str_eq(proxy->status, "created");
    drukbox_http_proxy_free(proxy);
    ck_assert_ptr_null(try_http_proxy_create(name, "https://api.example", headers, &error));
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 HTTP_PROXY_EXISTS");
    drukbox_host *host = drukbox_make_host();
    drukbox_http_proxy_attachment *attached = try_http_proxy_attach(name, host->id, &error);
    e2e_ok(attached, error);
    ck_assert_str_eq(attached->name, name);
    ck_assert_str_eq(attached->host_id, host->id);
    ck_assert_str_eq(attached->status, "attached");
    drukbox_http_proxy_attachment_free(attached);
    e2e_ok(try_http_proxy_detach(name, host->id, &error) == BOXD_OK, error);
    ck_assert_ptr_null(try_http_proxy_attach("none", host->id, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "404 HTTP_PROXY_NOT_FOUND");
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    ck_assert_ptr_null(try_http_proxy_attach(name, host->id, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "404 NOT_FOUND");
    e2e_ok(try_http_proxy_delete(name, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_http_proxy_delete(name, &error), (int)BOXD_ERR_NOT_FOUND);
    drukbox_host_free(host);
    drukbox_close(client);
}
END_TEST

START_TEST(bad_proxies)
{
    static const char *const one[] = {"A=b", NULL}, *const none[] = {NULL}, *const bare[] = {"hunter2", NULL},
                             *const nameless[] = {"=hunter2", NULL}, *const bytes[] = {"A=hunter2\xFF", NULL},
                             *const odd[] = {"\xFF=hunter2", NULL};
    static const struct {
        const char *name, *target, *const *headers, *says;
        boxd_status status;
    } rows[] = {
        {NULL, "http://h", one, "the proxy's name is NULL", BOXD_ERR_INVALID_ARGUMENT},
        {"p", NULL, one, "the proxy's target is NULL", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", NULL, "the proxy's list of headers is NULL", BOXD_ERR_INVALID_ARGUMENT},
        {"\xFF", "http://h", one, "the proxy's name is not valid UTF-8", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "\xFF", one, "the proxy's target is not valid UTF-8", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", bare, "the proxy's headers has no name", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", nameless, "the proxy's headers has no name", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", bytes, "the proxy's headers is not valid UTF-8", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", odd, "a name in the proxy's headers", BOXD_ERR_INVALID_ARGUMENT},
        {"p", "http://h", none, "at least 1 item", BOXD_ERR_VALIDATION},
        {"", "http://h", one, "String should match pattern", BOXD_ERR_VALIDATION},
        {"p p", "http://h", one, "String should match pattern", BOXD_ERR_VALIDATION},
        {"p", "http://h/path", one, "target URL must not contain a path", BOXD_ERR_VALIDATION},
        {"p p", "ftp://h", one, "; URL scheme should be 'http' or 'https'", BOXD_ERR_VALIDATION},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(try_http_proxy_create(rows[i].name, rows[i].target, rows[i].headers, &error));
        e2e_expect(&error, rows[i].status, rows[i].says);
        ck_assert_msg(!strstr(error.message, "hunter2"), "%s", error.message);
    }
    drukbox_close(client);
}
END_TEST

/* ---- templates ---- */

START_TEST(templates)
{
    drukbox_template_create_options options = DRUKBOX_TEMPLATE_CREATE_OPTIONS_INIT;
    drukbox_host_create_options made_of = DRUKBOX_HOST_CREATE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char script[128];
    drukbox_open(_i, NULL);
    (void)snprintf(script, sizeof script, "echo %s\n", own_name("t"));
    options.label = "first";
    drukbox_template *made = try_template_create(script, &options, &error);
    e2e_ok(made, error);
    ck_assert_str_eq(made->label, "first");
    ck_assert_str_eq(made->provider, "exe");
    ck_assert_uint_eq(strlen(made->setup_script_hash), 64);
    ck_assert(made->created_at_ms > 0 && made->updated_at_ms > 0 && !made->last_used_at);
    ck_assert(made->base_image && made->last_error && made->image);
    options.label = "second"; /* the same request returns the first template */
    drukbox_template *again = try_template_create(script, &options, &error);
    e2e_ok(again, error);
    ck_assert_str_eq(again->id, made->id);
    ck_assert_str_eq(again->label, "first");
    drukbox_template_free(again);
    made_of.template_id = made->id;
    drukbox_host *host = try_host_create(&made_of, &error);
    e2e_ok(host, error);
    ck_assert(host->ignored == 0 && !host->warning);
    drukbox_template *used = try_template_get(made->id, &error);
    e2e_ok(used, error);
    ck_assert_str_eq(used->status, "available");
    ck_assert_str_eq(used->image, host->image);
    ck_assert(used->last_used_at && used->last_used_at_ms > 0);
    drukbox_template_free(used);
    drukbox_templates *all = try_template_list(&error);
    e2e_ok(all, error);
    ck_assert_str_eq(all->items[0]->id, made->id); /* the newest first */
    drukbox_templates_free(all);
    e2e_ok(try_template_delete(made->id, &error) == BOXD_OK, error);
    ck_assert_ptr_null(try_template_get(made->id, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "template not found");
    ck_assert_ptr_null(try_host_create(&made_of, &error));
    e2e_expect(&error, BOXD_ERR_RESPONSE, "400 UNKNOWN_TEMPLATE");
    made_of.image = "i"; /* the image takes precedence over the template */
    drukbox_host *other = try_host_create(&made_of, &error);
    e2e_ok(other, error);
    drukbox_host_free(other);
    drukbox_host_free(host);
    drukbox_template_free(made);
    drukbox_close(client);
}
END_TEST

START_TEST(template_states)
{
    drukbox_host_create_options made_of = DRUKBOX_HOST_CREATE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char text[200];
    drukbox_open(_i, NULL);
    drukbox_template *made = try_template_create(own_name("state"), NULL, &error);
    e2e_ok(made, error);
    made_of.template_id = made->id;
    (void)snprintf(text, sizeof text, "{\"id\":\"%s\",\"status\":\"building\"}", made->id);
    free(emulator_control(&emulator, "POST", "drukbox/template", text));
    ck_assert_int_eq((int)try_template_delete(made->id, &error), (int)BOXD_ERR_CONFLICT);
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 TEMPLATE_STATE");
    ck_assert_ptr_null(try_host_create(&made_of, &error));
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 TEMPLATE_NOT_AVAILABLE");
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"status\":\"failed\",\"last_error\":\"no such thing\"}", made->id);
    free(emulator_control(&emulator, "POST", "drukbox/template", text));
    ck_assert_ptr_null(try_host_create(&made_of, &error));
    e2e_expect(&error, BOXD_ERR_CONFLICT, "failed: no such thing");
    drukbox_template *failed = try_template_get(made->id, &error);
    e2e_ok(failed, error);
    ck_assert_str_eq(failed->status, "failed");
    ck_assert_str_eq(failed->last_error, "no such thing");
    ck_assert_str_eq(failed->image, "");
    e2e_ok(try_template_delete(made->id, &error) == BOXD_OK, error);
    drukbox_template_free(failed);
    drukbox_template_free(made);
    drukbox_close(client);
}
END_TEST

START_TEST(bad_templates)
{
    static const struct {
        const char *script;
        drukbox_template_create_options options;
        boxd_status status;
        const char *says;
    } rows[] = {
        {NULL, {0}, BOXD_ERR_INVALID_ARGUMENT, "setup_script is NULL"},
        {"\xFF", {0}, BOXD_ERR_INVALID_ARGUMENT, "setup_script is not valid UTF-8"},
        {"x", {.label = "\xFF"}, BOXD_ERR_INVALID_ARGUMENT, "label is not valid UTF-8"},
        {"x", {.provider = "\xFF"}, BOXD_ERR_INVALID_ARGUMENT, "provider is not valid UTF-8"},
        {"x", {.base_image = "\xFF"}, BOXD_ERR_INVALID_ARGUMENT, "base_image is not valid UTF-8"},
        {"", {0}, BOXD_ERR_VALIDATION, "setup_script must not be blank"},
        {"x", {.base_image = " "}, BOXD_ERR_VALIDATION, "base_image must not be blank"},
        {"x",
         {.provider = "moon"},
         BOXD_ERR_RESPONSE,
         "unknown provider 'moon'; available: aws, docker, exe, "},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_template_create_options options = rows[i].options;
        options.size = sizeof options;
        ck_assert_ptr_null(try_template_create(rows[i].script, &options, &error));
        e2e_expect(&error, rows[i].status, rows[i].says);
    }
    drukbox_close(client);
}
END_TEST

/* ---- service accounts ---- */

START_TEST(accounts)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_host_create_options options = DRUKBOX_HOST_CREATE_OPTIONS_INIT;
    drukbox_open(_i, NULL);
    drukbox_client *admin = client;
    const char *name = own_name("account"), *key = own_name("key");
    drukbox_service_account *account = try_service_account_create(name, &error);
    e2e_ok(account, error);
    ck_assert_str_eq(account->name, name);
    ck_assert_int_eq(strncmp(account->token, "drkb_", 5), 0);
    ck_assert_ptr_null(try_service_account_create(name, &error));
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 SERVICE_ACCOUNT_EXISTS");
    /* The token of the account opens a client, which may not create accounts. */
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .token = account->token));
    options.idempotency_key = key;
    drukbox_host *host = try_host_create(&options, &error);
    e2e_ok(host, error);
    ck_assert_str_eq(host->service_account, name);
    ck_assert_ptr_null(try_service_account_create("x", &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "admin key rejected");
    drukbox_client *other = client;
    client = admin;
    ck_assert_ptr_null(try_host_create(&options, &error));
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 IDEMPOTENCY_KEY_CONFLICT");
    e2e_ok(try_service_account_remove(name, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_service_account_remove(name, &error), (int)BOXD_ERR_NOT_FOUND);
    client = other;
    ck_assert_ptr_null(try_host_list(&error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "403 SERVICE_ACCOUNT_TOKEN_REJECTED");
    ck_assert_msg(!strstr(error.message, account->token), "%s", error.message);
    drukbox_close(client);
    client = admin;
    ck_assert_int_eq((int)try_service_account_remove("admin", &error), (int)BOXD_ERR_CONFLICT);
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 SERVICE_ACCOUNT_STATE");
    ck_assert_int_eq((int)try_service_account_remove("No Name", &error), (int)BOXD_ERR_VALIDATION);
    static const char *const bad[] = {NULL, "", "\xFF"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        ck_assert_ptr_null(try_service_account_create(bad[i], &error));
        e2e_refused(error.status, &error, "service account's name");
    }
    drukbox_host_free(host);
    drukbox_service_account_free(account);
    drukbox_close(client);
}
END_TEST

/* ---- credentials of hosts ---- */

static const drukbox_secret *const secrets[] = {
    BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "hunter2"),
    BOXD_OPTIONS(drukbox_secret, .service = "github", .issuer_url = "https://i",
                 .issuer_headers = BOXD_ARGV("A=hunter2"), .issuer_refresh = "1h"),
};

START_TEST(refreshed)
{
    drukbox_host_create_options options = {.size = sizeof options, .secrets = secrets, .secret_count = 2};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_host *host = try_host_create(&options, &error);
    e2e_ok(host, error);
    e2e_ok(try_host_refresh_secret(host->id, "github", &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_host_refresh_secret(host->id, "openai", &error), (int)BOXD_ERR_CONFLICT);
    e2e_expect(&error, BOXD_ERR_CONFLICT, "409 SECRET_STATIC");
    ck_assert_int_eq((int)try_host_refresh_secret(host->id, "none", &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_host_refresh_secret(host->id, "github", &error), (int)BOXD_ERR_NOT_FOUND);
    drukbox_host_free(host);
    drukbox_close(client);
}
END_TEST

static const struct {
    drukbox_secret secret;
    const char *says;
} secret_rows[] = {
    {{.service = "Upper", .value = "hunter2"}, "String should match pattern '^[a-z]"},
    {{.service = "own", .value = "hunter2"}, "an unknown service needs host and auth_variable"},
    {{.service = "own", .host = "h", .value = "hunter2"}, "an unknown service needs"},
    {{.service = "openai", .issuer_url = "https://i"},
     "at least 1 item after validation, not 0; Field required"},
    {{.service = "openai",
      .issuer_url = "http://i",
      .issuer_headers = BOXD_ARGV("A=hunter2"),
      .issuer_refresh = "1h"},
     "issuer url must be an https URL"},
    {{.service = "openai",
      .issuer_url = "https://i",
      .issuer_headers = BOXD_ARGV("A=hunter2"),
      .issuer_refresh = "0h"},
     "String should match pattern '^[1-9][0-9]*[smhd]$'"},
};

/* The service checks each secret; its messages contain no credential. */
START_TEST(bad_secrets)
{
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(secret_rows); i++) {
        drukbox_secret secret = secret_rows[i].secret;
        secret.size = sizeof secret;
        drukbox_host_create_options options = {
            .size = sizeof options, .secrets = BOXD_LIST(drukbox_secret, &secret), .secret_count = 1};
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(try_host_create(&options, &error));
        e2e_expect(&error, BOXD_ERR_VALIDATION, secret_rows[i].says);
        ck_assert_msg(!strstr(error.message, "hunter2"), "%s", error.message);
    }
    drukbox_close(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_services");
    drukbox_add(suite, doctor);
    drukbox_add(suite, reports);
    drukbox_add(suite, a_failed_check);
    drukbox_add(suite, proxies);
    drukbox_add(suite, bad_proxies);
    drukbox_add(suite, templates);
    drukbox_add(suite, template_states);
    drukbox_add(suite, bad_templates);
    drukbox_add(suite, accounts);
    drukbox_add(suite, refreshed);
    drukbox_add(suite, bad_secrets);
    return drukbox_main(suite, NULL);
}
