/*
 * Text of a Drukbox service: in messages and in the log it is one line without secrets, in records it is
 * UTF-8. The unit tests of printable.h, secrets.h and utf8.h have all forms of such text; these tests say
 * where it applies.
 */
#include "bad_server.h"
#include "drukbox_case.h"

#include <stdio.h>

#define FFFD "\xEF\xBF\xBD"

static char lines[16 * 1024];

static void on_log(boxd_log_level level, const char *line, void *data)
{
    const size_t used = strlen(lines);
    (void)data;
    (void)snprintf(lines + used, sizeof lines - used, "%d %s\n", (int)level, line);
}

/* A server that answers each request with `body`, and a client of it. */
static bad_server *serve(int i, int status, const char *body)
{
    static char answer[2048];
    char url[64];
    boxd_hooks hooks = {.size = sizeof hooks, .log = on_log, .log_level = BOXD_LOG_DEBUG};
    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
                   strlen(body), body);
    bad_server *server = bad_server_start_one(BAD_HTTP, answer);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    drukbox_open(i, BOXD_OPTIONS(drukbox_client_options, .base_url = url, .hooks = &hooks));
    return server;
}

static void end(bad_server *server)
{
    drukbox_close(client);
    bad_server_stop(server);
}

/* ---- messages ---- */

/* The token is "test-token-0123456789": as it is, percent-encoded, in Base64, in parts. */
static const struct {
    int status;
    const char *body, *message;
} ANSWERS[] = {
    {401, "{\"detail\":\"bad token " TEST_TOKEN "\"}", "bad token *********************"},
    {400, "{\"detail\":\"bad token test-token\"}", "bad token **********"},
    {400, "{\"detail\":\"...0123456789 is bad\"}", "...********** is bad"},
    {400, "{\"detail\":\"dGVzdC10b2tlbi0wMTIzNDU2Nzg5\"}", "****************************"},
    {400, "{\"detail\":[\"" TEST_TOKEN "\"]}", "[\"*********************\"]"},
    {422, "{\"detail\":[{\"msg\":\"bad\",\"loc\":[\"" TEST_TOKEN "\"]}]}", "bad (GET /hosts/h, 422 in ****"},
    {500, "{\"detail\":\"a\\nb\\u001B[2J\\u009B\\u202E\\u2028\"}", "a\\x0Ab\\x1B[2J\\u009B\\u202E\\u2028"},
    {500, "{\"detail\":\"\xC2\x9B\xE2\x80\xAE\"}", "\\u009B\\u202E"},
};

START_TEST(messages_are_one_line_without_secrets)
{
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        bad_server *server = serve(_i, ANSWERS[i].status, ANSWERS[i].body);
        ck_assert_ptr_null(try_host_get("h", &error));
        ck_assert_msg(strncmp(error.message, ANSWERS[i].message, strlen(ANSWERS[i].message)) == 0, "%s",
                      error.message);
        end(server);
    }
    ck_assert_msg(!strstr(lines, "0123456"), "%s", lines);
}
END_TEST

/* An old service ignores secrets, which the log says with the id of the host. */
START_TEST(an_id_forges_no_line)
{
    const drukbox_secret secret = {.size = sizeof secret, .service = "openai", .value = "hunter2"};
    const drukbox_secret *const secrets[] = {&secret};
    boxd_error error = BOXD_ERROR_INIT;
    bad_server *server = serve(_i, 201, "{\"id\":\"h\\n1 FORGED\\u0085\\u202E\"}");
    drukbox_host *host = try_host_create(
        BOXD_OPTIONS(drukbox_host_create_options, .image = "i", .secrets = secrets, .secret_count = 1),
        &error);
    e2e_ok(host, error);
    ck_assert_str_eq(host->id, "h\n1 FORGED\xC2\x85\xE2\x80\xAE");
    drukbox_host_free(host);
    end(server);
    ck_assert_msg(strstr(lines, "2 host h\\x0A1 FORGED\\u0085\\u202E: this service is too old"), "%s", lines);
    ck_assert_ptr_null(strstr(lines, "\n1 FORGED"));
}
END_TEST

/* ---- records ---- */

static const struct {
    const char *sent, *text;
} TEXTS[] = {
    {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"}, /* UTF-8 stays */
    {"a\\n\xE2\x80\xAE", "a\n\xE2\x80\xAE"},      /* records are not made safe to show */
    {"a\xFFz", "a" FFFD "z"},
    {"\xC0\x80", FFFD FFFD},
    {"\xED\xA0\x80", FFFD FFFD FFFD},
    {"\xE2\x82", FFFD},
    {"a\\u0000z", "a" FFFD "z"},
    {"\\uD83D", FFFD},
};

START_TEST(texts_of_records_are_utf8)
{
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        char body[256];
        boxd_error error = BOXD_ERROR_INIT;
        (void)snprintf(body, sizeof body, "{\"id\":\"h1\",\"name\":\"%s\",\"status\":\"active\"}",
                       TEXTS[i].sent);
        bad_server *server = serve(_i, 200, body);
        drukbox_host *host = try_host_get("h1", &error);
        e2e_ok(host, error);
        ck_assert_str_eq(host->name, TEXTS[i].text);
        ck_assert_str_eq(host->status, "active");
        drukbox_host_free(host);
        end(server);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_text");
    drukbox_add(suite, messages_are_one_line_without_secrets);
    drukbox_add(suite, an_id_forges_no_line);
    drukbox_add(suite, texts_of_records_are_utf8);
    return drukbox_main(suite, NULL);
}
