/*
 * Each request byte by byte, as the published clients send it, against a server that records it.
 */
#include "bad_server.h"
#include "operations.h"

#include <stdio.h>
#include <strings.h>

static bad_server *server;

static const char *last_request(void)
{
    return bad_server_request(server, bad_server_count(server, BAD_REQUESTS) - 1);
}

static void open_noted(int i, const char *path)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    char url[128];
    server = bad_server_start_one(BAD_HTTP, answer);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%s", bad_server_port(server), path);
    drukbox_open(i, BOXD_OPTIONS(drukbox_client_options, .base_url = url));
}

static void close_noted(void)
{
    drukbox_close(client);
    bad_server_stop(server);
}

/* The value of the header, copied; NULL: the header is missing. The header must not occur twice. */
static const char *header(const char *name, char value[256])
{
    int found = 0;
    const char *line = strstr(last_request(), "\r\n");
    for (; line && strncmp(line, "\r\n\r\n", 4) != 0; line = strstr(line + 2, "\r\n")) {
        const size_t size = strlen(name);
        if (strncasecmp(line + 2, name, size) != 0 || line[2 + size] != ':')
            continue;
        const char *text = line + 3 + size + (line[3 + size] == ' ');
        (void)snprintf(value, 256, "%.*s", (int)strcspn(text, "\r\n"), text);
        found++;
    }
    ck_assert_msg(found < 2, "%s is there %d times", name, found);
    return found ? value : NULL;
}

static void check_header(const char *name, const char *wanted)
{
    char value[256];
    const char *found = header(name, value);
    if (wanted)
        ck_assert_msg(found && strcmp(found, wanted) == 0, "%s is %s, not %s", name,
                      found ? found : "missing", wanted);
    else
        ck_assert_msg(!found, "%s is there: %s", name, found);
}

static const char *body_sent(void)
{
    return strstr(last_request(), "\r\n\r\n") + 4;
}

static void check_line(const char *request)
{
    char line[256];
    (void)snprintf(line, sizeof line, "%s HTTP/1.1\r\n", request);
    ck_assert_msg(strncmp(last_request(), line, strlen(line)) == 0, "not %s, but %.200s", request,
                  last_request());
}

static void check_body(const char *body, const char *type)
{
    char size[24];
    ck_assert_str_eq(body_sent(), body ? body : "");
    (void)snprintf(size, sizeof size, "%zu", body ? strlen(body) : 0);
    const bool posts = strncmp(last_request(), "POST", 4) == 0;
    check_header("Content-Length", body || posts ? size : NULL);
    check_header("Content-Type", type);
}

/* ---- all operations ---- */

START_TEST(every_request)
{
    char host[32];
    open_noted(_i, "");
    (void)snprintf(host, sizeof host, "127.0.0.1:%d", bad_server_port(server));
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        boxd_error error = BOXD_ERROR_INIT;
        o->run(&error);
        check_line(o->request);
        check_body(o->body, o->body ? "application/json" : NULL);
        check_header("Host", host);
        check_header("Authorization", "Bearer " TEST_TOKEN);
        check_header("Accept", "application/json");
        check_header("Accept-Encoding", "gzip, deflate");
        static const char *const others[] = {
            "Expect", "Transfer-Encoding", "Idempotency-Key", "Cookie", "Upgrade", "Referer", "TE"};
        for (size_t k = 0; k < COUNT(others); k++)
            check_header(others[k], NULL);
        ck_assert_int_eq(bad_server_connections(server), (int)i + 1); /* one request each */
    }
    close_noted();
}
END_TEST

/* ---- the target ---- */

START_TEST(prefixes)
{
    static const struct {
        const char *path, *request;
    } rows[] = {
        {"", "GET /doctor"},
        {"/", "GET /doctor"},
        {"///", "GET /doctor"},
        {"/p", "GET /p/doctor"},
        {"/p/q//", "GET /p/q/doctor"},
        {"/p//q/", "GET /p//q/doctor"},
        {"/a%20b/../c", "GET /a%20b/../c/doctor"}, /* unchanged */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        char shown[64];
        open_noted(_i, rows[i].path);
        drukbox_doctor_report_free(try_client_doctor(&error));
        check_line(rows[i].request);
        (void)snprintf(shown, sizeof shown, "(%s, 200)", rows[i].request);
        e2e_expect(&error, BOXD_ERR_RESPONSE, shown);
        close_noted();
    }
}
END_TEST

/* Each part of the path is one segment, whatever characters it contains. */
START_TEST(segments)
{
    static const struct {
        const char *id, *sent;
    } rows[] = {
        {"abc-XYZ_0.9~", "abc-XYZ_0.9~"},
        {"a b", "a%20b"},
        {"\xC3\xA9", "%C3%A9"},
        {"%41", "%2541"},
        {"a/b", "a%2Fb"},
        {"a?b#c", "a%3Fb%23c"},
        {"../doctor", "..%2Fdoctor"},
        {"...", "..."},
        {"a\r\nX-Own: 1", "a%0D%0AX-Own%3A%201"},
        {"\x01\x7F\xFF", "%01%7F%FF"},
        {"!$&'()*+,;=:@", "%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40"},
    };
    char request[160];
    open_noted(_i, "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_free(try_host_get(rows[i].id, &error));
        (void)snprintf(request, sizeof request, "GET /hosts/%s", rows[i].sent);
        check_line(request);
        check_header("X-Own", NULL);
        try_host_refresh_secret(rows[i].id, rows[i].id, &error);
        (void)snprintf(request, sizeof request, "POST /hosts/%s/secrets/%s/refresh", rows[i].sent,
                       rows[i].sent);
        check_line(request);
        try_http_proxy_detach(rows[i].id, rows[i].id, &error);
        (void)snprintf(request, sizeof request, "DELETE /http-proxies/%s/hosts/%s", rows[i].sent,
                       rows[i].sent);
        check_line(request);
        try_service_account_remove(rows[i].id, &error);
        (void)snprintf(request, sizeof request, "DELETE /service-accounts/%s", rows[i].sent);
        check_line(request);
    }
    close_noted();
}
END_TEST

/* ---- bodies ---- */

static const drukbox_secret *const every_secret[] = {
    BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "v"),
    BOXD_OPTIONS(drukbox_secret, .service = "github", .value = "", .auth_prefix = ""),
    BOXD_OPTIONS(drukbox_secret, .service = "own", .host = "api.example", .auth_variable = "OWN_KEY",
                 .auth_header = "X-Key", .auth_prefix = "Key ", .value = "a\"\\\xC3\xA9"),
    BOXD_OPTIONS(drukbox_secret, .service = "anthropic", .issuer_url = "https://issuer.example/token",
                 .issuer_headers = BOXD_ARGV("Authorization=Bearer x=y", "X-Empty="),
                 .issuer_refresh = "30m"),
    BOXD_OPTIONS(drukbox_secret, .service = "bare", .issuer_url = "https://issuer.example"),
};

static const struct {
    drukbox_host_create_options options;
    const char *body;
} create_rows[] = {
    {{0}, "{}"},
    {{.image = ""}, "{\"image\":\"\"}"},
    {{.env = (const char *const[]){NULL}}, "{\"env\":{}}"},
    {{.env = BOXD_ARGV("A=1", "B=", "C==x=", "A=2")}, "{\"env\":{\"A\":\"2\",\"B\":\"\",\"C\":\"=x=\"}}"},
    {{.env = BOXD_ARGV("A=\xC3\xA9\xF0\x9F\x98\x80\n\"")},
     "{\"env\":{\"A\":\"\xC3\xA9\xF0\x9F\x98\x80\\n\\\"\"}}"},
    {{.expires_at_ms = 1780315200000}, "{\"expires_at\":\"2026-06-01T12:00:00+00:00\"}"},
    {{.expires_at_ms = 1780315200500}, "{\"expires_at\":\"2026-06-01T12:00:00.500000+00:00\"}"},
    {{.permanent = true}, "{\"expires_at\":null}"},
    {{.provider = "aws"}, "{\"provider\":\"aws\"}"},
    {{.instance_type = "big", .disk_gb = 12}, "{\"disk_gb\":12,\"instance_type\":\"big\"}"},
    {{.disk_gb = INT64_MAX}, "{\"disk_gb\":9223372036854775807}"},
    {{.template_id = ""}, "{\"template\":\"\"}"},
    {{.secrets = every_secret, .secret_count = COUNT(every_secret)},
     "{\"secrets\":{\"openai\":{\"value\":\"v\"},\"github\":{\"auth_prefix\":\"\",\"value\":\"\"},\"own\":{"
     "\"host\":\"api.example\",\"auth_variable\":\"OWN_KEY\",\"auth_header\":\"X-Key\",\"auth_prefix\":\"Key "
     "\",\"value\":\"a\\\"\\\\\xC3\xA9\"},\"anthropic\":{\"issuer\":{\"url\":\"https://issuer.example/"
     "token\",\"headers\":{\"Authorization\":\"Bearer x=y\",\"X-Empty\":\"\"},\"refresh\":\"30m\"}},\"bare\":"
     "{\"issuer\":{\"url\":\"https://issuer.example\",\"headers\":{}}}}}"},
    {{.template_id = "t",
      .secrets = every_secret,
      .secret_count = 1,
      .provider = "p",
      .instance_type = "it",
      .image = "i",
      .permanent = true,
      .env = BOXD_ARGV("A=1"),
      .disk_gb = 1},
     "{\"disk_gb\":1,\"env\":{\"A\":\"1\"},\"expires_at\":null,\"image\":\"i\",\"instance_type\":\"it\","
     "\"provider\":\"p\",\"secrets\":{\"openai\":{\"value\":\"v\"}},\"template\":\"t\"}"},
};

START_TEST(creates)
{
    open_noted(_i, "");
    for (size_t i = 0; i < COUNT(create_rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_create_options options = create_rows[i].options;
        options.size = sizeof options;
        drukbox_host_free(try_host_create(&options, &error));
        check_line("POST /hosts");
        check_body(create_rows[i].body, "application/json");
        check_header("Idempotency-Key", NULL);
    }
    close_noted();
}
END_TEST

START_TEST(idempotency_keys)
{
    static const char *const keys[] = {"k", "a-B_0:9.", "not-the-service's-alphabet!"};
    open_noted(_i, "");
    for (size_t i = 0; i < COUNT(keys); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_free(
            try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = keys[i]), &error));
        check_header("Idempotency-Key", keys[i]);
        check_body("{}", "application/json");
    }
    close_noted();
}
END_TEST

/* Another key would arrive, or none. */
START_TEST(idempotency_keys_that_are_refused)
{
    static const char *const keys[] = {"", " ", "k ", " k", "a b", "k\t", "k\r\nX: y", "\xC3\xA9", "k\x7F"};
    open_noted(_i, "");
    for (size_t i = 0; i < COUNT(keys); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(
            try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = keys[i]), &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "idempotency_key");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    close_noted();
}
END_TEST

START_TEST(other_bodies)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_template_create_options options = DRUKBOX_TEMPLATE_CREATE_OPTIONS_INIT;
    open_noted(_i, "");
    drukbox_host_free(try_host_renew("x", NULL, &error));
    check_body("{}", "application/json");
    drukbox_host_free(try_host_renew(
        "x", BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = 1780315200001), &error));
    check_body("{\"expires_at\":\"2026-06-01T12:00:00.001000+00:00\"}", "application/json");
    drukbox_template_free(try_template_create("", NULL, &error));
    check_body("{\"setup_script\":\"\"}", "application/json");
    options.base_image = options.label = options.provider = "";
    drukbox_template_free(try_template_create("a\nb", &options, &error));
    check_body("{\"setup_script\":\"a\\nb\",\"provider\":\"\",\"base_image\":\"\",\"label\":\"\"}",
               "application/json");
    drukbox_http_proxy_free(try_http_proxy_create("", "", (const char *const[]){NULL}, &error));
    check_body("{\"name\":\"\",\"target\":\"\",\"headers\":{}}", "application/json");
    close_noted();
}
END_TEST

/* Metadata of the program. */
START_TEST(metadata)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.metadata = BOXD_ARGV("traceparent=00-1-2-01", "x-empty=", "x-own=a = b;");
    call_options = &call;
    open_noted(_i, "");
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        drukbox_operations[i].run(&error);
        check_header("traceparent", "00-1-2-01");
        check_header("x-empty", "");
        check_header("x-own", "a = b;");
    }
    close_noted();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_requests");
    drukbox_add(suite, every_request);
    drukbox_add(suite, prefixes);
    drukbox_add(suite, segments);
    drukbox_add(suite, creates);
    drukbox_add(suite, idempotency_keys);
    drukbox_add(suite, idempotency_keys_that_are_refused);
    drukbox_add(suite, other_bodies);
    drukbox_add(suite, metadata);
    return drukbox_main(suite, NULL);
}
