/* Credentials: their sources, the exchange of a key for a token, token renewal, and a faulty exchange. No
 * message and no log may contain a key or a token. */
#include "bad_server.h"
#include "e2e.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAD_KEY "bxk_aKeyThatNobodyIssued"
#define BAD_TOKEN "aTokenThatNobodyIssued"

enum { MIB = 1024 * 1024, BIG = 3 * MIB };

static int exchanges(const emulator_process *e)
{
    return emulator_count_calls(e, "POST /api/v1/auth/token", 0);
}

/* Removes faults that a failed test left, and empties the log. */
static void start_fresh(void)
{
    emulator_clear_faults(&emulator);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
}

static void expire_tokens(void)
{
    free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
}

/* A call that needs only a token. */
static bool ask(const boxd_call_options *call, boxd_error *error)
{
    boxd_identity *who = on->compute_whoami(compute, call, error);
    boxd_identity_free(who);
    return who != NULL;
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

/* ---- sources of credentials ---- */

START_TEST(one_exchange_for_many_calls)
{
    start_fresh();
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    for (int i = 0; i < 5; i++)
        e2e_ok(ask(NULL, &error), error);
    e2e_do(box, "true");
    e2e_drop(box);
    e2e_close();
    ck_assert_int_eq(exchanges(&emulator), 1);
}
END_TEST

typedef enum { NONE, EMPTY, GOOD, BAD } credential;

static const char *text_of(credential c, const char *good, const char *bad)
{
    return c == GOOD ? good : c == BAD ? bad : c == EMPTY ? "" : NULL;
}

static void put(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* Options take precedence over the environment; within each a token takes precedence over a key. A token is
 * never exchanged. */
START_TEST(order_of_credentials)
{
    static const struct {
        credential env_key, env_token, key, token;
        /* In the message of a refusal; NULL: the call works. */
        const char *source;
        int exchanges;
    } cases[] = {
        {GOOD, NONE, NONE, NONE, NULL, 1},
        {BAD, GOOD, NONE, NONE, NULL, 0},
        {BAD, NONE, NONE, NONE, "the API key in BOXD_API_KEY (401)", 1},
        {GOOD, BAD, NONE, NONE, "the token in BOXD_TOKEN for", 0},
        {BAD, NONE, NONE, GOOD, NULL, 0},
        {GOOD, NONE, NONE, BAD, "the token in the option token for", 0},
        {BAD, BAD, GOOD, NONE, NULL, 1},
        {GOOD, GOOD, BAD, NONE, "the API key in the option api_key (401)", 1},
        {BAD, BAD, BAD, GOOD, NULL, 0},
        {GOOD, NONE, GOOD, BAD, "the token in the option token for", 0},
        {GOOD, EMPTY, EMPTY, EMPTY, NULL, 1},
        {EMPTY, GOOD, EMPTY, NONE, NULL, 0},
    };
    char token[1024];
    start_fresh();
    emulator_token(&emulator, token, sizeof token);
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        put("BOXD_API_KEY", text_of(cases[i].env_key, emulator.api_key, BAD_KEY));
        put("BOXD_TOKEN", text_of(cases[i].env_token, token, BAD_TOKEN));
        options.api_key = text_of(cases[i].key, emulator.api_key, BAD_KEY);
        options.token = text_of(cases[i].token, token, BAD_TOKEN);
        start_fresh();
        e2e_open(_i, &options);
        bool works = ask(NULL, &error);
        ck_assert_msg(works == !cases[i].source, "case %zu: %s", i, error.message);
        ck_assert_msg(works || error.status == BOXD_ERR_AUTHENTICATION, "case %zu: %s", i, error.message);
        ck_assert_msg(works || strstr(error.message, cases[i].source), "case %zu: %s", i, error.message);
        hides(&error, BAD_KEY);
        hides(&error, BAD_TOKEN);
        e2e_close();
        ck_assert_msg(exchanges(&emulator) == cases[i].exchanges, "case %zu", i);
    }
}
END_TEST

START_TEST(wrong_key)
{
    start_fresh();
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    options.api_key = BAD_KEY;
    e2e_open(_i, &options);
    ck_assert(!ask(NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, emulator.exchange_url);
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "set a valid key");
    ck_assert_int_eq(error.http_status, 401);
    ck_assert_int_eq(error.grpc_code, -1);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert(!error.retryable);
    hides(&error, BAD_KEY);
    e2e_close();
}
END_TEST

/* ---- single flight ---- */

enum { BATCH = 20 };

typedef struct batch {
    atomic_int completed, failed;
    /* The longest of the failed calls. */
    int64_t retry_after_ms;
} batch;

static void on_whoami(boxd_identity *who, const boxd_error *error, void *user)
{
    batch *c = user;
    boxd_identity_free(who);
    c->failed += error != NULL;
    if (error && c->retry_after_ms < error->retry_after_ms)
        c->retry_after_ms = error->retry_after_ms;
    callbacks_count(&c->completed);
}

/* Starts BATCH calls at once and waits for all of them. */
static void run_batch(batch *c)
{
    *c = (batch){0};
    for (int i = 0; i < BATCH; i++)
        boxd_aio_compute_whoami(compute, NULL, on_whoami, c);
    callbacks_wait(&c->completed, BATCH);
}

START_TEST(single_flight)
{
    batch c;
    start_fresh();
    e2e_open(_i, NULL);
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"delay_ms\":100,\"count\":1}");
    run_batch(&c);
    ck_assert_int_eq(c.failed, 0);
    ck_assert_int_eq(exchanges(&emulator), 1);
    expire_tokens(); /* all calls are refused */
    run_batch(&c);
    ck_assert_int_eq(c.failed, 0);
    ck_assert_int_eq(exchanges(&emulator), 2);
    exchange_fault("\"status\":500,\"delay_ms\":100"); /* the failure ends all waiting calls */
    expire_tokens();
    run_batch(&c);
    ck_assert_int_eq(c.failed, BATCH);
    emulator_clear_faults(&emulator);
    run_batch(&c);
    if (c.failed > 0) { /* the failed exchange is remembered for as long as the errors say */
        ck_assert_int_gt(c.retry_after_ms, 0);
        usleep((useconds_t)c.retry_after_ms * 1000);
        run_batch(&c);
    }
    ck_assert_int_eq(c.failed, 0);
    e2e_close();
}
END_TEST

/* ---- fresh tokens ---- */

static char *pattern(size_t size)
{
    char *bytes = malloc(size + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((i * 2654435761U) >> 13);
    return bytes;
}

/* What a test does with a refused token. The effects are counted afterwards. */
static void refused_whoami(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    (void)box;
    e2e_ok(ask(NULL, &error), error);
}

static void refused_exec(boxd_box *box)
{
    boxd_exec_result *result = e2e_run(box, "echo once >> /tmp/effects; echo out");
    ck_assert_str_eq(result->out.data, "out\n");
    boxd_exec_result_free(result);
}

static void refused_write(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    char *bytes = pattern(BIG);
    e2e_ok(on->box_write_file(box, "data", bytes, BIG, NULL, &error) == BOXD_OK, error);
    free(bytes);
}

static void refused_read(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    char *bytes = pattern(BIG);
    boxd_file_data *back = on->box_read_file(box, "data", NULL, &error);
    e2e_ok(back, error);
    ck_assert_uint_eq(back->content.size, BIG);
    ck_assert_int_eq(memcmp(back->content.data, bytes, BIG), 0);
    boxd_file_data_free(back);
    free(bytes);
}

static void refused_create(boxd_box *box)
{
    (void)box;
    e2e_drop(e2e_box()); /* if the box were created twice, its name would be taken */
}

START_TEST(one_fresh_token)
{
    static void (*const actions[])(boxd_box *) = {refused_whoami, refused_exec, refused_write, refused_read,
                                                  refused_create};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(actions); i++) {
        start_fresh();
        expire_tokens();
        actions[i](box);
        ck_assert_msg(exchanges(&emulator) == 1, "action %zu: %d exchanges", i, exchanges(&emulator));
    }
    boxd_exec_result *effects = e2e_run(box, "cat /tmp/effects");
    ck_assert_str_eq(effects->out.data, "once\n");
    boxd_exec_result_free(effects);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A command that may have run is not started again, also if nothing has come from it. */
START_TEST(late_rejection)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    start_fresh();
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"revoked\",\"delay_ms\":2500}");
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "revoked");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_UNKNOWN);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 1), 1);
    emulator_clear_faults(&emulator);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(no_fresh_token)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char token[1024];
    start_fresh();
    emulator_token(&emulator, token, sizeof token);
    options.token = token;
    e2e_open(_i, &options);
    e2e_ok(ask(NULL, &error), error);
    expire_tokens();
    ck_assert(!ask(NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "Whoami");
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "get a new one");
    ck_assert_int_eq(error.grpc_code, 16);
    ck_assert_int_eq(error.http_status, 0);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    ck_assert(!error.retryable);
    hides(&error, token);
    ck_assert_int_eq(exchanges(&emulator), 1); /* the test's own exchange */
    e2e_close();
}
END_TEST

/* The library does not request tokens without end if the server refuses the new token as well. */
START_TEST(refused_twice)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(ask(NULL, &error), error);
    start_fresh();
    emulator_fault(&emulator, "{\"rpc\":\"CreateVm\",\"code\":16,\"message\":\"not you\",\"count\":2}");
    ck_assert_ptr_null(on->box_create(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "not you");
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "the token for the API key in BOXD_API_KEY");
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "check that key and API URL belong to the same service");
    ck_assert_int_eq(exchanges(&emulator), 1);
    emulator_clear_faults(&emulator);
    e2e_ok(ask(NULL, &error), error);
    e2e_close();
}
END_TEST

/* The library does not request a token with each further call either. The pauses between exchanges grow from
 * 0.25 s at least, also on a slow machine. */
START_TEST(many_calls_refused)
{
    enum { CALLS = 50, MOST_EXCHANGES = 9 };
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    start_fresh();
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":16,\"message\":\"not you\",\"count\":-1}");
    for (int i = 0; i < CALLS; i++) {
        ck_assert(!ask(NULL, &error));
        e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "not you");
    }
    ck_assert_int_le(exchanges(&emulator), MOST_EXCHANGES);
    emulator_clear_faults(&emulator);
    e2e_ok(ask(NULL, &error), error);
    e2e_close();
}
END_TEST

/* Tokens that are valid for two seconds: no call fails, however many tokens are used up. */
START_TEST(short_lives)
{
    emulator_process own;
    emulator_start(&own, (const char *const[]){"--token-ttl", "2", "--latency", "50", NULL});
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    options.api_url = own.api_url;
    options.exchange_url = own.exchange_url;
    options.api_key = own.api_key;
    e2e_open(_i, &options);
    for (int i = 0; i < 1000 && exchanges(&own) < 3; i++)
        e2e_ok(ask(NULL, &error), error);
    ck_assert_int_ge(exchanges(&own), 3);
    e2e_close();
    emulator_stop(&own);
}
END_TEST

/* An exchange's answer with `token`; freed by the caller. */
static char *token_answer(const char *token, const char *expires_at)
{
    char body[1400], *answer = NULL;
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"expires_at\":%s}", token, expires_at);
    ck_assert_int_gt(
        asprintf(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body), 0);
    return answer;
}

/* A token is refreshed before it expires, while calls use it. A refresh that hangs or fails does not affect
 * these calls. (A new token counts as valid for at least 30 s, whatever its expiry says, and is refreshed
 * half-way.) */
START_TEST(refresh_beside_calls)
{
    static const bad_act refreshes[] = {
        {.behaviour = BAD_SILENT},
        {.behaviour = BAD_HTTP, .text = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"}};
    boxd_compute *computes[COUNT(refreshes)];
    bad_server *servers[COUNT(refreshes)];
    boxd_error error = BOXD_ERROR_INIT;
    char token[1024], url[64];
    start_fresh();
    emulator_token(&emulator, token, sizeof token);
    char *first = token_answer(token, "1");
    on = &SURFACES[SURFACE_SYNC];
    for (size_t i = 0; i < COUNT(refreshes); i++) {
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        servers[i] =
            bad_server_start((const bad_act[]){{.behaviour = BAD_HTTP, .text = first}, refreshes[i]}, 2);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", bad_server_port(servers[i]));
        options.exchange_url = url;
        computes[i] = boxd_compute_open(&options, &error);
        e2e_ok(computes[i], error);
    }
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"delay_ms\":50,\"count\":-1}");
    for (int i = 0, more = 5; i < 1000 && more > 0; i++) {
        more -= bad_server_connections(servers[0]) >= 2 && bad_server_connections(servers[1]) >= 2;
        compute = computes[i % 2];
        e2e_ok(ask(NULL, &error), error);
    }
    emulator_clear_faults(&emulator);
    for (size_t i = 0; i < COUNT(refreshes); i++) {
        ck_assert_int_eq(bad_server_connections(servers[i]), 2);
        ck_assert_int_eq((int)boxd_compute_close(computes[i]), (int)BOXD_OK);
        bad_server_stop(servers[i]);
    }
    free(first);
}
END_TEST

/* ---- logs ---- */

static void check_text_hides(const char *text, const char *secret)
{
    ck_assert_msg(!strstr(text, secret), "a log holds a secret");
}

/* Checks what the library, gRPC and curl write to standard error, and the log of the server. */
START_TEST(no_secret_is_logged)
{
    boxd_error error = BOXD_ERROR_INIT;
    char token[1024], *logged = calloc(1, MIB);
    FILE *captured = tmpfile();
    start_fresh();
    int real = dup(STDERR_FILENO);
    ck_assert(logged && captured && real >= 0);
    dup2(fileno(captured), STDERR_FILENO);
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    for (int i = 0; i < 2; i++) {
        emulator_token(&emulator, token, sizeof token);
        options.token = i == 0 ? NULL : token;
        e2e_open(0, &options);
        bool works = ask(NULL, &error);
        expire_tokens();
        exchange_fault("\"status\":500");
        bool fails = !ask(NULL, &error);
        emulator_clear_faults(&emulator);
        e2e_close();
        ck_assert(works && fails);
    }
    dup2(real, STDERR_FILENO);
    rewind(captured);
    size_t size = fread(logged, 1, MIB - 1, captured);
    (void)fwrite(logged, 1, size, stderr);
    (void)fclose(captured);
    check_text_hides(logged, emulator.api_key);
    check_text_hides(logged, token);
    free(logged);
    logged = emulator_control(&emulator, "GET", "log", NULL);
    check_text_hides(logged, emulator.api_key);
    check_text_hides(logged, token);
    free(logged);
    close(real);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auth");
    e2e_add(suite, one_exchange_for_many_calls);
    e2e_add(suite, order_of_credentials);
    e2e_add(suite, wrong_key);
    e2e_add(suite, single_flight);
    e2e_add(suite, one_fresh_token);
    e2e_add_once(suite, late_rejection);
    e2e_add(suite, no_fresh_token);
    e2e_add(suite, refused_twice);
    e2e_add(suite, many_calls_refused);
    e2e_add(suite, short_lives);
    e2e_add_once(suite, refresh_beside_calls);
    e2e_add_once(suite, no_secret_is_logged);
    return e2e_main(suite, NULL);
}
