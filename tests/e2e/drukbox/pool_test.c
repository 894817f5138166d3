/*
 * Connections: their number, the queue for a free connection, reuse, and that no request is sent twice.
 */
#include "fault_case.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define WHOLE "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{\"id\":\"h1\",\"name\":\"n\"}"

enum { CALLS = 40 };

static const wanted good = {.status = BOXD_OK, .part = "n"};

/* ---- calls in flight ---- */

typedef struct started_call {
    outcome ends;
    boxd_call_options call;
    char id[16];
    /* The name of the blocking function. */
    pthread_t thread;
} started_call;

static void on_host(drukbox_host *host, const boxd_error *error, void *f)
{
    outcome_set(f, NULL, error);
    drukbox_host_free(host);
}

static void *block(void *data)
{
    started_call *f = data;
    drukbox_host_free(drukbox_host_get(client, f->id, &f->call, &f->ends.error));
    return NULL;
}

/* Starts GET /hosts/h<number>. */
static void start_call(started_call *f, int number, boxd_cancel_token *cancel, int64_t timeout_ms)
{
    *f = (started_call){.ends = {.error = BOXD_ERROR_INIT}, .call = BOXD_CALL_OPTIONS_INIT};
    f->call.cancel = cancel;
    f->call.timeout_ms = timeout_ms;
    (void)snprintf(f->id, sizeof f->id, "h%d", number);
    if (on_surface == DRUKBOX_SYNC)
        ck_assert_int_eq(pthread_create(&f->thread, NULL, block, f), 0);
    else
        drukbox_aio_host_get(client, f->id, &f->call, on_host, f);
}

static void start_calls(started_call *calls, int count)
{
    for (int i = 0; i < count; i++)
        start_call(&calls[i], i, NULL, 0);
}

/* The outcome of the call. */
static const boxd_error *wait_for_end(started_call *f)
{
    if (on_surface == DRUKBOX_SYNC)
        pthread_join(f->thread, NULL);
    else
        outcome_wait(client, &f->ends);
    return &f->ends.error;
}

static void expect_success(started_call *calls, int count)
{
    for (int i = 0; i < count; i++) {
        const boxd_error *error = wait_for_end(&calls[i]);
        e2e_ok(error->status == BOXD_OK, *error);
    }
}

static void expect_end(started_call *f, boxd_status status, boxd_sent sent)
{
    const boxd_error *error = wait_for_end(f);
    e2e_expect(error, status, "");
    ck_assert_msg(error->sent == sent, "sent %d: %s", (int)error->sent, error->message);
}

static void open_pool(bad_server *server, int64_t timeout_ms, int most, int idle)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN,
                                               .step_timeout_ms = timeout_ms, .max_connections = most,
                                               .max_idle_connections = idle));
}

/* ---- how many ---- */

static const struct {
    /* The options. */
    int most, idle;
    /* The values in effect. */
    int most_open, open_at_end;
} pools[] = {{0, 0, 20, 5}, {3, 1, 3, 1}, {1, 4, 1, 1}, {30, 30, 30, 30}, {2, 9, 2, 2}};

START_TEST(as_many_as_allowed)
{
    static started_call calls[CALLS];
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(pools); i++) {
        bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
        open_pool(server, 0, pools[i].most, pools[i].idle);
        start_calls(calls, CALLS);
        bad_server_wait(server, BAD_REQUESTS, pools[i].most_open);
        bad_server_release(server, 1); /* a call ends, and the next one uses the same connection */
        bad_server_wait(server, BAD_REQUESTS, pools[i].most_open + 1);
        ck_assert_int_eq(bad_server_connections(server), pools[i].most_open);
        bad_server_release(server, CALLS); /* one more than is requested now */
        expect_success(calls, CALLS);
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), CALLS);
        ck_assert_int_eq(bad_server_count(server, BAD_MOST_OPEN), pools[i].most_open);
        bad_server_wait(server, BAD_OPEN, pools[i].open_at_end);
        const int connections = bad_server_connections(server);
        fault_try("one more", "host_get", &good); /* over an idle connection */
        ck_assert_int_eq(bad_server_connections(server), connections);
        ck_assert_int_eq(bad_server_count(server, BAD_OPEN), pools[i].open_at_end);
        fault_close(server);
    }
}
END_TEST

START_TEST(one_after_another)
{
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_KEEP, WHOLE);
    open_pool(server, 0, 0, 0);
    for (int i = 0; i < 5; i++)
        fault_try("in a row", i % 2 ? "host_create" : "host_get", &good);
    ck_assert_int_eq(bad_server_connections(server), 1);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 5);
    fault_close(server);
}
END_TEST

/* ---- the queue ---- */

START_TEST(waits_in_turn)
{
    started_call calls[8];
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
    open_pool(server, 0, 1, 0);
    start_calls(calls, COUNT(calls));
    for (int i = 0; i < (int)COUNT(calls); i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "GET /hosts/h%d HTTP/1.1\r\n", i);
        bad_server_wait(server, BAD_REQUESTS, i + 1);
        ck_assert_ptr_eq(strstr(bad_server_request(server, i), line), bad_server_request(server, i));
        bad_server_release(server, 1);
        expect_success(&calls[i], 1);
    }
    ck_assert_int_eq(bad_server_connections(server), 1);
    fault_close(server);
}
END_TEST

/* The call that uses the connection continues: each of its gaps is short. */
START_TEST(waits_too_long)
{
    static char drips[64 * 1024];
    started_call first, second;
    drukbox_on(_i);
    memset(drips, ' ', sizeof drips);
    const int head = snprintf(drips, sizeof drips, "HTTP/1.1 200 OK\r\n\r\n");
    drips[head] = ' ';
    bad_server *server = bad_server_start(
        &(bad_act){.behaviour = BAD_DRIP, .text = drips, .size = sizeof drips, .at_once = (size_t)head}, 1);
    open_pool(server, 1000, 1, 0);
    boxd_cancel_token *cancel = boxd_cancel_token_new();
    start_call(&first, 1, cancel, 0);
    bad_server_wait(server, BAD_REQUESTS, 1);
    start_call(&second, 2, NULL, 0);
    expect_end(&second, BOXD_ERR_UNAVAILABLE, BOXD_SENT_NO);
    e2e_expect(&second.ends.error, BOXD_ERR_UNAVAILABLE,
               "Sandbox service transport failed: all 1 connections were in use");
    ck_assert(second.ends.error.retryable);
    boxd_cancel_token_cancel(cancel);
    expect_end(&first, BOXD_ERR_CANCELLED, BOXD_SENT_UNKNOWN);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 1);
    boxd_cancel_token_free(cancel);
    fault_close(server);
}
END_TEST

enum { SLOW_TIMEOUT_MS = 2000 };

/* Releases the other answer, and takes longer than the client's timeout in this hook. */
static void delay_in_hook(const boxd_attempt *attempt, void *span, void *server)
{
    static bool second;
    (void)attempt;
    (void)span;
    if (second)
        return;
    second = true;
    bad_server_release(server, 1);
    usleep(3 * SLOW_TIMEOUT_MS / 2 * 1000);
}

/* An answer that has arrived is not late because a hook of the program kept the client's thread from reading
 * it. */
START_TEST(waits_for_a_hook)
{
    started_call calls[2];
    char url[64];
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
    const boxd_hooks hooks = {.size = sizeof hooks, .attempt_end = delay_in_hook, .user_data = server};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN,
                                               .step_timeout_ms = SLOW_TIMEOUT_MS, .hooks = &hooks));
    start_calls(calls, COUNT(calls));
    bad_server_wait(server, BAD_REQUESTS, COUNT(calls));
    bad_server_release(server, 1);
    expect_success(calls, COUNT(calls));
    fault_close(server);
}
END_TEST

/* The largest value: no limit. */
START_TEST(waits_for_ever)
{
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_KEEP, WHOLE);
    open_pool(server, INT64_MAX, 0, 0);
    fault_try("for ever", "host_get", &good);
    fault_close(server);
}
END_TEST

START_TEST(ends_while_it_waits)
{
    started_call calls[4];
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
    boxd_cancel_token *cancel = boxd_cancel_token_new();
    open_pool(server, 0, 1, 0);
    start_call(&calls[0], 0, NULL, 0);
    bad_server_wait(server, BAD_REQUESTS, 1);
    start_call(&calls[1], 1, cancel, 0);
    start_call(&calls[2], 2, NULL, 50);
    start_call(&calls[3], 3, NULL, 0);
    expect_end(&calls[2], BOXD_ERR_TIMEOUT, BOXD_SENT_NO);
    boxd_cancel_token_cancel(cancel);
    expect_end(&calls[1], BOXD_ERR_CANCELLED, BOXD_SENT_NO);
    bad_server_release(server, 2);
    expect_success(&calls[0], 1);
    expect_success(&calls[3], 1);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 2);
    ck_assert_int_eq(bad_server_connections(server), 1);
    boxd_cancel_token_free(cancel);
    fault_close(server);
}
END_TEST

/* ---- the end of a call, and of the client ---- */

START_TEST(closes_at_once)
{
    started_call cancelled, late, next;
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
    boxd_cancel_token *cancel = boxd_cancel_token_new();
    open_pool(server, 0, 1, 0);
    start_call(&cancelled, 1, cancel, 0);
    bad_server_wait(server, BAD_REQUESTS, 1);
    boxd_cancel_token_cancel(cancel);
    expect_end(&cancelled, BOXD_ERR_CANCELLED, BOXD_SENT_UNKNOWN);
    bad_server_wait(server, BAD_OPEN, 0);
    start_call(&late, 2, NULL, 200);
    bad_server_wait(server, BAD_REQUESTS, 2);
    start_call(&next, 3, NULL, 0); /* the waiting call gets the connection */
    expect_end(&late, BOXD_ERR_TIMEOUT, BOXD_SENT_UNKNOWN);
    bad_server_wait(server, BAD_REQUESTS, 3);
    bad_server_wait(server, BAD_OPEN, 1);
    bad_server_release(server, 1);
    expect_success(&next, 1);
    ck_assert_int_eq(bad_server_connections(server), 3);
    boxd_cancel_token_free(cancel);
    fault_close(server);
}
END_TEST

START_TEST(closed)
{
    started_call calls[5];
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HOLD, WHOLE);
    open_pool(server, 0, 3, 0);
    start_calls(calls, COUNT(calls));
    bad_server_wait(server, BAD_REQUESTS, 3);
    ck_assert_ptr_eq(drukbox_client_ref(client), client);
    drukbox_close(client);
    int unsent = 0;
    for (size_t i = 0; i < COUNT(calls); i++) {
        e2e_expect(wait_for_end(&calls[i]), BOXD_ERR_CLOSED, "");
        unsent += calls[i].ends.error.sent == BOXD_SENT_NO;
    }
    ck_assert_int_eq(unsent, 2);
    bad_server_wait(server, BAD_OPEN, 0);
    ck_assert_ptr_null(drukbox_host_get(client, "h1", NULL, &error));
    e2e_expect(&error, BOXD_ERR_CLOSED, "");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 3);
    ck_assert_int_eq(bad_server_connections(server), 3);
    fault_close(server);
}
END_TEST

/* ---- reuse ---- */

/* The client closes an idle connection by itself, without a further call. */
START_TEST(closes_when_idle)
{
    drukbox_on(_i);
    if (on_surface != DRUKBOX_SYNC)
        return; /* it takes 3 s */
    bad_server *server = fault_open(&(bad_act){.behaviour = BAD_KEEP, .text = WHOLE}, 0);
    fault_try("the only one", "host_get", &good);
    bad_server_wait(server, BAD_OPEN, 0);
    fault_try("the next one", "host_get", &good);
    ck_assert_int_eq(bad_server_connections(server), 2);
    fault_close(server);
}
END_TEST

START_TEST(closed_while_idle)
{
    static const char *const operations[] = {"host_get", "host_create", "host_renew", "host_attach"};
    drukbox_on(_i);
    bad_server *server = fault_open(&(bad_act){.behaviour = BAD_HTTP, .text = WHOLE}, 0);
    for (int i = 0; i < (int)COUNT(operations); i++) {
        fault_try("the one before is gone", operations[i], &good);
        bad_server_wait(server, BAD_ENDED, i + 1);
    }
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), (int)COUNT(operations));
    ck_assert_int_eq(bad_server_connections(server), (int)COUNT(operations));
    fault_close(server);
}
END_TEST

/* ---- repeats ---- */

/* Closes the connection at its second request. */
static const bad_act closes_at_second = {.behaviour = BAD_KEEP, .text = WHOLE, .answers = 1};

static const wanted lost = {BOXD_ERR_UNAVAILABLE, "transport failed: the server closed the connection", 0,
                            BOXD_SENT_UNKNOWN, 0};

/* Whether the answer WHOLE suits the operation. */
static bool takes_host(const drukbox_operation *is)
{
    return !is->missing || strcmp(is->missing, "\"id\"") == 0;
}

static boxd_status run_again(const drukbox_operation *is)
{
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = is->run(&error);
    ck_assert_msg(error.http_status == 0 || error.http_status == 200, "%s: %s", is->function, error.message);
    ck_assert_msg(!takes_host(is) || status != BOXD_ERR_UNAVAILABLE, "%s: %s", is->function, error.message);
    return status;
}

/* The server closes the connection as the second request arrives. The request is sent once more, on a new
 * connection, if sending it twice does no harm. Otherwise it may have had its effect. */
START_TEST(closed_while_used)
{
    const bad_act acts[] = {closes_at_second, {.behaviour = BAD_KEEP, .text = WHOLE}};
    drukbox_on(_i);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *is = &drukbox_operations[i];
        boxd_counters counters = BOXD_COUNTERS_INIT;
        bad_server *server = bad_server_start(acts, COUNT(acts));
        open_pool(server, 0, 0, 0);
        fault_try("the first", "host_get", &good);
        if (is->repeatable)
            run_again(is);
        else
            fault_try("the second", is->function + strlen("drukbox_"), &lost);
        const int repeats = is->repeatable;
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 2 + repeats);
        ck_assert_int_eq(bad_server_connections(server), 1 + repeats);
        for (int n = 1; n < 2 + repeats; n++)
            ck_assert_ptr_eq(strstr(bad_server_request(server, n), is->request),
                             bad_server_request(server, n));
        drukbox_client_get_counters(client, &counters);
        ck_assert_uint_eq(counters.attempts, 2 + (uint64_t)repeats);
        fault_try("the third", "host_get", &good);
        ck_assert_int_eq(bad_server_connections(server), 2);
        fault_close(server);
    }
}
END_TEST

static boxd_status create_with_key(boxd_error *error)
{
    drukbox_host *host =
        try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = "k"), error);
    drukbox_host_free(host);
    return host ? BOXD_OK : error->status;
}

/* With an idempotency key, a create is repeated, too. */
START_TEST(create_is_repeated)
{
    const bad_act acts[] = {closes_at_second, {.behaviour = BAD_KEEP, .text = WHOLE}};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server = bad_server_start(acts, COUNT(acts));
    open_pool(server, 0, 0, 0);
    fault_try("the first", "host_get", &good);
    drukbox_host *host =
        try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = "k"), &error);
    e2e_ok(host, error);
    ck_assert(!host->private_key && host->warning &&
              strstr(host->warning, "the private key was in an answer"));
    drukbox_host_free(host);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 3);
    for (int n = 1; n < 3; n++)
        ck_assert_ptr_nonnull(strstr(bad_server_request(server, n), "Idempotency-Key: k\r\n"));
    fault_close(server);
}
END_TEST

/* The first request of a delete had its effect. */
START_TEST(delete_is_repeated)
{
    static const char gone[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
    static const wanted ok = {.status = BOXD_OK}, not_found = {BOXD_ERR_NOT_FOUND, "", 404, BOXD_SENT_YES, 0};
    const bad_act acts[] = {closes_at_second, {.behaviour = BAD_KEEP, .text = gone}};
    drukbox_on(_i);
    bad_server *server = bad_server_start(acts, COUNT(acts));
    open_pool(server, 0, 0, 0);
    fault_try("the first", "host_get", &good);
    fault_try("a delete that was repeated", "host_delete", &ok);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 3);
    fault_try("a delete that was not", "host_delete", &not_found);
    fault_close(server);
}
END_TEST

/* Each connection closes at its second request, as if a program called the service exactly as often as the
 * service closes idle connections. */
START_TEST(no_call_is_lost)
{
    enum { POLLS = 120 };
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server = fault_open(&closes_at_second, 0);
    for (int i = 0; i < POLLS / 2; i++) {
        fault_try("polled", "host_get", &good);
        e2e_ok(create_with_key(&error) == BOXD_OK, error);
    }
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 2 * POLLS - 1);
    ck_assert_int_eq(bad_server_connections(server), POLLS);
    fault_close(server);
}
END_TEST

/* A request is repeated once, only if its connection was used before, and only if no byte of an answer has
 * arrived. */
START_TEST(not_repeated)
{
    static const struct {
        bad_act first, second;
        int requests;
    } rows[] = {
        {{.behaviour = BAD_HTTP}, {.behaviour = BAD_KEEP, .text = WHOLE}, 1},
        {{.behaviour = BAD_KEEP, .text = WHOLE, .answers = 1}, {.behaviour = BAD_HTTP}, 3},
        {{.behaviour = BAD_KEEP, .text = WHOLE, .answers = 1, .last = "HTTP/1.1 200 OK\r\nContent-Le"},
         {.behaviour = BAD_KEEP, .text = WHOLE},
         2},
        {{.behaviour = BAD_KEEP, .text = WHOLE, .answers = 1, .last = "HTTP"},
         {.behaviour = BAD_KEEP, .text = WHOLE},
         2},
    };
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const bad_act acts[] = {rows[i].first, rows[i].second};
        boxd_error error = BOXD_ERROR_INIT;
        bad_server *server = bad_server_start(acts, COUNT(acts));
        open_pool(server, 0, 0, 0);
        if (rows[i].requests > 1)
            fault_try("the first", "host_get", &good);
        ck_assert_int_eq((int)create_with_key(&error), (int)BOXD_ERR_UNAVAILABLE);
        ck_assert_msg(error.sent == BOXD_SENT_UNKNOWN && error.retryable, "%s", error.message);
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), rows[i].requests);
        fault_close(server);
    }
}
END_TEST

/* The service is gone: the first request may have had its effect, although the second was not sent. */
START_TEST(repeated_in_vain)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server =
        fault_open(&(bad_act){.behaviour = BAD_KEEP, .text = WHOLE, .answers = 1, .then_stop = true}, 0);
    fault_try("the first", "host_get", &good);
    ck_assert_int_eq((int)create_with_key(&error), (int)BOXD_ERR_UNAVAILABLE);
    ck_assert_msg(error.sent == BOXD_SENT_UNKNOWN && error.retryable, "%s", error.message);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 2);
    fault_close(server);
}
END_TEST

/* The deadline of a call includes the repeat: on a slow machine it is longer. */
START_TEST(repeated_until_the_deadline)
{
    const bad_act acts[] = {closes_at_second, {.behaviour = BAD_SILENT}};
    boxd_call_options call = {.size = sizeof call, .timeout_ms = 100};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_status status = BOXD_OK;
    drukbox_on(_i);
    for (int connections = 0; connections < 2; call.timeout_ms *= 2) {
        bad_server *server = bad_server_start(acts, COUNT(acts));
        open_pool(server, 0, 0, 0);
        call_options = NULL;
        fault_try("the first", "host_get", &good);
        call_options = &call;
        status = drukbox_operation_of("host_get")->run(&error);
        connections = bad_server_connections(server);
        fault_close(server);
    }
    fault_judge("the second", "host_get", status, &error,
                &(wanted){BOXD_ERR_TIMEOUT, "", 0, BOXD_SENT_UNKNOWN, 0});
}
END_TEST

/* A repeated request comes before the calls that wait for a connection. */
START_TEST(repeated_first)
{
    const bad_act acts[] = {closes_at_second, {.behaviour = BAD_HOLD, .text = WHOLE}};
    started_call calls[2];
    drukbox_on(_i);
    bad_server *server = bad_server_start(acts, COUNT(acts));
    open_pool(server, 0, 1, 0);
    fault_try("the first", "host_get", &good);
    start_calls(calls, COUNT(calls));
    bad_server_wait(server, BAD_REQUESTS, 3);
    ck_assert_ptr_nonnull(strstr(bad_server_request(server, 1), "/hosts/h0 "));
    ck_assert_ptr_nonnull(strstr(bad_server_request(server, 2), "/hosts/h0 "));
    bad_server_release(server, 2);
    expect_success(calls, COUNT(calls));
    fault_close(server);
}
END_TEST

/* After a 500 the service closes the connection without saying so: the next call, which cannot be repeated,
 * uses another one. */
START_TEST(closed_after_500)
{
    static const bad_act acts[] = {
        {.behaviour = BAD_KEEP, .text = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", .answers = 1},
        {.behaviour = BAD_KEEP, .text = WHOLE}};
    static const wanted failed = {BOXD_ERR_RESPONSE, "", 500, BOXD_SENT_UNKNOWN, 0};
    drukbox_on(_i);
    bad_server *server = bad_server_start(acts, COUNT(acts));
    open_pool(server, 0, 0, 0);
    fault_try("the first", "host_get", &failed);
    fault_try("the second", "host_create", &good);
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 2);
    ck_assert_int_eq(bad_server_connections(server), 2);
    fault_close(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_pool");
    drukbox_add(suite, as_many_as_allowed);
    drukbox_add(suite, one_after_another);
    drukbox_add_async(suite, waits_in_turn);
    drukbox_add(suite, waits_too_long);
    drukbox_add_async(suite, waits_for_a_hook);
    drukbox_add(suite, waits_for_ever);
    drukbox_add(suite, ends_while_it_waits);
    drukbox_add(suite, closes_at_once);
    drukbox_add(suite, closed);
    drukbox_add(suite, closes_when_idle);
    drukbox_add(suite, closed_while_idle);
    drukbox_add(suite, closed_while_used);
    drukbox_add(suite, create_is_repeated);
    drukbox_add(suite, delete_is_repeated);
    drukbox_add(suite, no_call_is_lost);
    drukbox_add(suite, not_repeated);
    drukbox_add(suite, repeated_in_vain);
    drukbox_add(suite, repeated_until_the_deadline);
    drukbox_add_async(suite, repeated_first);
    drukbox_add(suite, closed_after_500);
    return drukbox_main(suite, NULL);
}
