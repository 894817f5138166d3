/* Failed exchanges of a key for a token: the error of the call, the advice in its message, and that the
 * message never contains the key or a token. */
#include "bad_server.h"
#include "e2e.h"

#include <stdio.h>
#include <unistd.h>

static int exchanges(void)
{
    return emulator_count_calls(&emulator, "POST /api/v1/auth/token", 0);
}

/* A call that needs only a token. */
static bool ask(const boxd_call_options *call, boxd_error *error)
{
    boxd_identity *who = on->compute_whoami(compute, call, error);
    boxd_identity_free(who);
    return who != NULL;
}

/* Removes faults that a failed test left, and empties the log. */
static void start_fresh(void)
{
    emulator_clear_faults(&emulator);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
}

/* A fault for every exchange until the faults are cleared. */
static void exchange_fault(const char *fields)
{
    char json[1024];
    (void)snprintf(json, sizeof json, "{\"http\":\"exchange\",\"count\":-1,%s}", fields);
    emulator_fault(&emulator, json);
}

static void hides(const boxd_error *error, const char *secret)
{
    ck_assert_msg(!strstr(error->message, secret), "a secret in: %s", error->message);
}

/* ---- a faulty exchange ---- */

enum { ANY = -1 };

typedef struct refusal {
    boxd_status status;
    /* ANY: not checked. */
    int http_status;
    bool retryable;
    /* Parts of the message: what happened; what to do. */
    const char *part, *next;
} refusal;

static void check_refusal(const boxd_error *error, const refusal *wanted, const char *url, const char *name)
{
    ck_assert_msg(error->status == wanted->status, "%s: wanted %s, got %s: %s", name,
                  boxd_status_name(wanted->status), boxd_status_name(error->status), error->message);
    ck_assert_msg(wanted->http_status == ANY || error->http_status == wanted->http_status,
                  "%s: HTTP status %d: %s", name, error->http_status, error->message);
    ck_assert_msg(error->retryable == wanted->retryable, "%s: retryable %d: %s", name, error->retryable,
                  error->message);
    ck_assert_msg(strstr(error->message, wanted->part), "%s: no \"%s\" in: %s", name, wanted->part,
                  error->message);
    ck_assert_msg(strstr(error->message, wanted->next), "%s: no \"%s\" in: %s", name, wanted->next,
                  error->message);
    ck_assert_msg(strstr(error->message, url), "%s: no URL in: %s", name, error->message);
    ck_assert_msg(error->sent == BOXD_SENT_NO && error->grpc_code == -1, "%s", name);
    hides(error, emulator.api_key);
    hides(error, "sEcReT");
}

#define MALFORMED BOXD_ERR_PROTOCOL, 200, false
#define BODY(json) "\"status\":200,\"body\":\"" json "\""
#define NO_TOKEN                                                                                             \
    "a malformed response (200): \"token\" is missing or malformed", "check that this URL is boxd's"
#define NO_EXPIRY                                                                                            \
    "a malformed response (200): \"expires_at\" is missing or malformed", "check that this URL is boxd's"
#define NO_OBJECT "a malformed response (200): the body is not a JSON object", "check that this URL is boxd's"

static const struct {
    const char *fault;
    refusal wanted;
} refusals[] = {
    {"\"status\":401",
     {BOXD_ERR_AUTHENTICATION, 401, false, "rejected the API key in BOXD_API_KEY (401)", "set a valid key"}},
    {"\"status\":403,\"body\":\"not for you\"",
     {BOXD_ERR_PERMISSION_DENIED, 403, false, "not for you", "forbids the API key in BOXD_API_KEY"}},
    {"\"status\":404", {BOXD_ERR_AUTHENTICATION, 404, false, "404", "check exchange_url"}},
    {"\"status\":400,\"body\":\"bad\\u001b[31m\\u0007thing\"",
     {BOXD_ERR_AUTHENTICATION, 400, false, "400", "check exchange_url"}},
    {"\"status\":500", {BOXD_ERR_INTERNAL, 500, true, "500", "try again"}},
    {"\"status\":503,\"body\":\"<html>busy</html>\"", {BOXD_ERR_INTERNAL, 503, true, "busy", "try again"}},
    {"\"status\":302,\"location\":\"https://elsewhere.example/x\"",
     {BOXD_ERR_CONNECTION, 302, false, "https://elsewhere.example/x", "set exchange_url"}},
    {"\"status\":200,\"content_type\":\"text/html\",\"body\":\"<html>Sign in</html>\"",
     {MALFORMED, NO_OBJECT}},
    {"\"body_size\":0", {MALFORMED, NO_OBJECT}},
    {BODY("[]"), {MALFORMED, NO_OBJECT}},
    {BODY("{\\\"token\\\":\\\"sEcReT"), {MALFORMED, NO_OBJECT}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\",\\\"expires_at\\\":1e999}"), {MALFORMED, NO_EXPIRY}},
    {BODY("{\\\"expires_at\\\":4102444800}"), {MALFORMED, NO_TOKEN}},
    {BODY("{\\\"token\\\":null,\\\"expires_at\\\":4102444800}"), {MALFORMED, NO_TOKEN}},
    {BODY("{\\\"token\\\":\\\"\\\",\\\"expires_at\\\":4102444800}"), {MALFORMED, NO_TOKEN}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\\nx\\\",\\\"expires_at\\\":4102444800}"), {MALFORMED, NO_TOKEN}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\"}"), {MALFORMED, NO_EXPIRY}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\",\\\"expires_at\\\":\\\"soon\\\"}"), {MALFORMED, NO_EXPIRY}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\",\\\"expires_at\\\":-5}"), {MALFORMED, NO_EXPIRY}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\",\\\"expires_at\\\":\\\"12 sheep\\\"}"), {MALFORMED, NO_EXPIRY}},
    {BODY("{\\\"token\\\":\\\"sEcReT\\\",\\\"expires_at\\\":null}"), {MALFORMED, NO_EXPIRY}},
    {"\"body_size\":2000000", {BOXD_ERR_TOO_LARGE, 200, false, "larger than", "exchange"}},
    {"\"close\":true", {BOXD_ERR_CONNECTION, 0, true, "failed", "check exchange_url"}},
};

/* A client remembers a failed exchange for as long as the error says: the next call then succeeds. */
static void recover(boxd_error *error)
{
    bool good = ask(NULL, error);
    if (!good && error->retry_after_ms > 0) {
        usleep((useconds_t)error->retry_after_ms * 1000);
        good = ask(NULL, error);
    }
    e2e_ok(good, *error);
}

START_TEST(refused_by_the_exchange)
{
    boxd_error error = BOXD_ERROR_INIT;
    start_fresh();
    for (size_t i = 0; i < COUNT(refusals); i++) {
        e2e_open(_i, NULL);
        exchange_fault(refusals[i].fault);
        ck_assert_msg(!ask(NULL, &error), "%s", refusals[i].fault);
        check_refusal(&error, &refusals[i].wanted, emulator.exchange_url, refusals[i].fault);
        ck_assert(!strchr(error.message, '\x1b'));
        emulator_clear_faults(&emulator);
        e2e_close();
    }
}
END_TEST

/* 50 refused calls make a handful of exchanges. Afterwards the same client recovers. */
START_TEST(a_failure_is_remembered)
{
    boxd_error error = BOXD_ERROR_INIT;
    start_fresh();
    e2e_open(_i, NULL);
    exchange_fault("\"status\":401");
    for (int i = 0; i < 50; i++) {
        ck_assert(!ask(NULL, &error));
        check_refusal(&error, &refusals[0].wanted, emulator.exchange_url, "401");
        ck_assert(i == 0 || error.retry_after_ms >= 0);
    }
    ck_assert_int_ge(exchanges(), 1);
    ck_assert_int_le(exchanges(), 10);
    emulator_clear_faults(&emulator);
    recover(&error);
    e2e_close();
}
END_TEST

/* `pattern` with each @ replaced by `value` and each # by its length in hexadecimal. */
static void fill(char *out, size_t size, const char *pattern, const char *value)
{
    size_t used = 0;
    for (; *pattern; pattern++) {
        char other[24] = {*pattern};
        if (*pattern == '#')
            (void)snprintf(other, sizeof other, "%zx", strlen(value));
        const char *part = *pattern == '@' ? value : other;
        ck_assert_uint_lt(used + strlen(part), size);
        memcpy(out + used, part, strlen(part) + 1);
        used += strlen(part);
    }
}

/* An answer that contains the key: gateways may quote the request that they refuse. */
START_TEST(echoed_key)
{
    static const char *const faults[] = {"\"status\":400,\"body\":\"no: {api_key: @}\"",
                                         "\"status\":403,\"body\":\"no: {api_key: @}\"",
                                         "\"status\":500,\"body\":\"no: {api_key: @}\"",
                                         "\"status\":302,\"location\":\"https://elsewhere.example/?key=@\""};
    boxd_error error = BOXD_ERROR_INIT;
    start_fresh();
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(faults); i++) {
        char fault[400];
        fill(fault, sizeof fault, faults[i], emulator.api_key);
        exchange_fault(fault);
        ck_assert(!ask(NULL, &error));
        hides(&error, emulator.api_key);
        emulator_clear_faults(&emulator);
    }
    e2e_close();
}
END_TEST

/* Answers that are not HTTP. `scheme` is that of the client's URL. */
static const struct {
    const char *name, *scheme;
    bad_act act;
    refusal wanted;
} broken[] = {
    {"closes at once",
     "http",
     {.behaviour = BAD_CLOSE},
     {BOXD_ERR_CONNECTION, 0, true, "", "check exchange_url"}},
    {"says nothing HTTP",
     "http",
     {.behaviour = BAD_BYTES, .text = "SSH-2.0-OpenSSH_9.6 and no HTTP at all\r\n"},
     {BOXD_ERR_PROTOCOL, 0, false, "", "check that this URL is boxd's"}},
    {"says half of it",
     "http",
     {.behaviour = BAD_HTTP, .text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"token\":\"sEcReT\""},
     {BOXD_ERR_CONNECTION, ANY, true, "", "check exchange_url"}},
    {"is no TLS server",
     "https",
     {.behaviour = BAD_BYTES, .text = "SSH-2.0-OpenSSH_9.6 and no TLS at all\r\n"},
     {BOXD_ERR_CONNECTION, 0, false, "does not speak TLS", "http://"}},
};

START_TEST(broken_exchange)
{
    start_fresh();
    for (size_t i = 0; i < COUNT(broken); i++) {
        bad_server *server = bad_server_start(&broken[i].act, 1);
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        char url[64];
        (void)snprintf(url, sizeof url, "%s://127.0.0.1:%d/token", broken[i].scheme, bad_server_port(server));
        options.exchange_url = url;
        e2e_open(_i, &options);
        ck_assert(!ask(NULL, &error));
        check_refusal(&error, &broken[i].wanted, url, broken[i].name);
        e2e_close();
        bad_server_stop(server);
    }
}
END_TEST

START_TEST(no_exchange_listens)
{
    static const refusal wanted = {BOXD_ERR_CONNECTION, 0, true, "connect", "check exchange_url"};
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    int port, held = bad_server_closed_port(&port);
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/token", port);
    options.exchange_url = url;
    start_fresh();
    e2e_open(_i, &options);
    ck_assert(!ask(NULL, &error));
    check_refusal(&error, &wanted, url, "nothing listens");
    e2e_close();
    close(held);
}
END_TEST

/* Unusual answers that are valid. */
START_TEST(accepted_answers)
{
    static const char *const formats[] = {
        "HTTP/1.1 200 OK\r\n\r\n{\"token\":\"@\",\"expires_at\":\"4102444800\"}", /* a number as text */
        "HTTP/1.1 200 OK\r\n\r\n {\"user_id\":[{}],\"expires_at\":4102444800.5,\"token\":\"@\"}\n",
        "HTTP/1.1 200 OK\r\n\r\n{\"token\":\"@\",\"expires_at\":17}", /* the clock of the client may be wrong
                                                                       */
        "HTTP/1.0 200\r\nContent-Type: text/html\r\n\r\n{\"token\":\"@\",\"expires_at\":4102444800}",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        "HTTP/1.1 200 OK\r\n\r\n{\"token\":\"@\",\"expires_at\":4102444800}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "a\r\n{\"token\":\"\r\n#\r\n@\r\n1b;x=y\r\n\",\"expires_at\": 4102444800}\r\n0\r\n\r\n",
    };
    char token[1024], url[64], answer[1600];
    start_fresh();
    emulator_token(&emulator, token, sizeof token);
    for (size_t i = 0; i < COUNT(formats); i++) {
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        fill(answer, sizeof answer, formats[i], token);
        bad_server *server = bad_server_start_one(BAD_HTTP, answer);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", bad_server_port(server));
        options.exchange_url = url;
        e2e_open(_i, &options);
        e2e_ok(ask(NULL, &error), error);
        ck_assert_int_eq(bad_server_connections(server), 1);
        e2e_close();
        bad_server_stop(server);
    }
}
END_TEST

/* ---- an exchange that takes its time ---- */

START_TEST(rate_limited)
{
    boxd_error error = BOXD_ERROR_INIT;
    start_fresh();
    e2e_open(_i, NULL);
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"status\":429,\"retry_after\":1,\"count\":1}");
    e2e_ok(ask(NULL, &error), error); /* after one pause */
    ck_assert_int_eq(exchanges(), 2);
    e2e_close();
    e2e_open(_i, NULL);
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"status\":429,\"retry_after\":1,\"count\":2}");
    ck_assert(!ask(NULL, &error));
    const refusal twice = {BOXD_ERR_QUOTA, 429, true, "still rate-limited (429) after one retry",
                           "open one client and share it"};
    check_refusal(&error, &twice, emulator.exchange_url, "429 twice");
    ck_assert_int_eq((int)error.retry_after_ms, 1000);
    recover(&error);
    e2e_close();
    e2e_open(_i, NULL); /* the deadline of the call is earlier than the end of the pause */
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = 300;
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"status\":429,\"retry_after\":3600,\"count\":1}");
    ck_assert(!ask(&call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "timed out after 300 ms, before it was sent: it waited for a token");
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* The deadline of the call ends it, and the client can be closed meanwhile. */
START_TEST(slow_exchange)
{
    static const bad_act acts[] = {{.behaviour = BAD_SILENT},
                                   {.behaviour = BAD_DRIP,
                                    .text = "HTTP/1.1 200 OK\r\nX-Slow: and so on, and on, and on, and on, "
                                            "and on, and on, and on, and on, and on, and on, and on\r\n"}};
    start_fresh();
    for (size_t i = 0; i < COUNT(acts); i++) {
        bad_server *server = bad_server_start(&acts[i], 1);
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        char url[64];
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", bad_server_port(server));
        options.exchange_url = url;
        call.timeout_ms = 200;
        e2e_open(_i, &options);
        ck_assert(!ask(&call, &error));
        e2e_expect(&error, BOXD_ERR_TIMEOUT,
                   "Whoami timed out after 200 ms, before it was sent: it waited for a token");
        ck_assert(error.sent == BOXD_SENT_NO && error.retryable);
        e2e_close();
        bad_server_stop(server);
    }
}
END_TEST

/* A call without a deadline waits ten seconds for the exchange. */
START_TEST(silent_exchange)
{
    static const refusal wanted = {BOXD_ERR_TIMEOUT, 0, true, "10", "check exchange_url"};
    bad_server *server = bad_server_start_one(BAD_SILENT, NULL);
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", bad_server_port(server));
    options.exchange_url = url;
    options.timeout_ms = BOXD_NO_TIMEOUT;
    start_fresh();
    e2e_open(0, &options);
    ck_assert(!ask(NULL, &error));
    check_refusal(&error, &wanted, url, "silent");
    e2e_close();
    bad_server_stop(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange");
    e2e_add(suite, refused_by_the_exchange);
    e2e_add(suite, a_failure_is_remembered);
    e2e_add(suite, echoed_key);
    e2e_add(suite, broken_exchange);
    e2e_add(suite, no_exchange_listens);
    e2e_add(suite, accepted_answers);
    e2e_add(suite, rate_limited);
    e2e_add(suite, slow_exchange);
    e2e_add_once(suite, silent_exchange);
    return e2e_main(suite, NULL);
}
