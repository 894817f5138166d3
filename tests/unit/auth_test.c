/* The token's life cycle: exchange, refresh and failures, without a network. */
#include "boxd/client/auth.h"

#include "core/core.h"
#include "fake_loop.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The members of a client that observe.c reads. */
bool core_is_copy(const core *c)
{
    (void)c;
    return true;
}

void core_count(const core *c, boxd_counters *counters)
{
    (void)c;
    (void)counters;
}

/* ---- a transport whose answers the test gives ---- */

typedef struct fake_answer {
    loop_task task;
    http_done_fn done;
    void *data;
    http_answer answer;
    char body[256];
} fake_answer;

static struct {
    unsigned sent, closed;
    /* The callback of the exchange in progress. */
    bool running;
    loop *home;
    http_done_fn done;
    void *data;
    /* The parts of the last request. */
    char method[8], url[128], body[128];
    bool no_memory;
    unsigned begun, ended;
} wire;

static void run_answer(loop_task *task)
{
    fake_answer *a = CONTAINER_OF(task, fake_answer, task);
    a->done(a->data, &a->answer);
    free(a);
}

/* Ends the exchange in progress. The answer is handled when the loop runs. */
static void answer(int status, const char *body, int64_t retry_after_s, const boxd_error *error)
{
    fake_answer *a = calloc(1, sizeof *a);
    ck_assert(a && wire.running);
    wire.running = false;
    (void)snprintf(a->body, sizeof a->body, "%s", body);
    a->done = wire.done;
    a->data = wire.data;
    a->answer = (http_answer){.error = error ? *error : (boxd_error)BOXD_ERROR_INIT,
                              .status = status,
                              .body = a->body,
                              .body_size = strlen(a->body),
                              .retry_after_s = retry_after_s};
    loop_post(wire.home, &a->task, run_answer);
}

static boxd_status fake_send(void *state, const http_request *request, loop *home, http_done_fn done,
                             void *data, boxd_error *error)
{
    ck_assert_ptr_eq(state, &wire);
    ck_assert_msg(!wire.running, "two exchanges at a time");
    if (wire.no_memory) {
        *error = (boxd_error){.status = BOXD_ERR_NO_MEMORY, .message = "out of memory"};
        return BOXD_ERR_NO_MEMORY;
    }
    wire.sent++;
    wire.running = true;
    wire.home = home;
    wire.done = done;
    wire.data = data;
    (void)snprintf(wire.method, sizeof wire.method, "%s", request->method);
    (void)snprintf(wire.url, sizeof wire.url, "%s", request->url);
    (void)snprintf(wire.body, sizeof wire.body, "%s", request->body ? request->body : "");
    return BOXD_OK;
}

static void fake_close(void *state)
{
    static const boxd_error closed = {.status = BOXD_ERR_CLOSED, .message = "the client is closed"};
    ck_assert_ptr_eq(state, &wire);
    wire.closed++;
    if (wire.running)
        answer(0, "", -1, &closed);
}

static void *attempt_begin(const boxd_attempt *info, boxd_metadata *metadata, void *user_data)
{
    (void)info;
    (void)metadata;
    (void)user_data;
    wire.begun++;
    return NULL;
}

static void attempt_end(const boxd_attempt *info, void *span, void *user_data)
{
    (void)info;
    (void)span;
    (void)user_data;
    wire.ended++;
}

/* ---- the client's side ---- */

typedef struct waiter {
    auth_waiter waiter;
    unsigned calls;
    boxd_error error;
    /* The number of the call among all calls. */
    unsigned turn;
    /* Acquires once more from ready(). */
    struct waiter *then;
} waiter;

static loop home;
static observer watcher;
static config settings;
static auth a;
static unsigned turns;

static void on_ready(auth_waiter *base, const boxd_error *error)
{
    waiter *w = CONTAINER_OF(base, waiter, waiter);
    w->calls++;
    w->turn = ++turns;
    w->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    if (w->then)
        auth_acquire(&a, &w->then->waiter);
}

static waiter new_waiter(void)
{
    return (waiter){.waiter.ready = on_ready};
}

static void acquire(waiter *w)
{
    *w = new_waiter();
    auth_acquire(&a, &w->waiter);
}

static void open_auth(const config *with)
{
    memset(&wire, 0, sizeof wire);
    memset(&watcher, 0, sizeof watcher);
    watcher.hooks.attempt_begin = attempt_begin;
    watcher.hooks.attempt_end = attempt_end;
    turns = 0;
    settings = *with;
    fake_loop_start(&home);
    const token_transport transport =
        settings.token ? (token_transport){0} : (token_transport){fake_send, fake_close, &wire};
    ck_assert_int_eq((int)auth_init(&a, &settings, transport, &home, &watcher, NULL), (int)BOXD_OK);
}

static void open_with_key(void)
{
    static char key[] = "k\"ey", url[] = "https://app.example/token";
    open_auth(&(config){.api_key = key, .exchange_url = url});
}

static void close_auth(void)
{
    auth_destroy(&a);
    ck_assert_uint_eq(wire.closed, settings.token ? 0 : 1);
    ck_assert_uint_eq(wire.begun, wire.ended);
    loop_destroy(&home);
}

/* Answers with `token`, which expires in `life_s`, and runs the loop. */
static void answer_token(const char *token, int life_s)
{
    char body[200];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"expires_at\":%lld}", token,
                   (long long)time(NULL) + life_s);
    answer(200, body, -1, NULL);
    fake_loop_run(&home);
}

static void answer_status(int status, int64_t retry_after_s)
{
    answer(status, "no", retry_after_s, NULL);
    fake_loop_run(&home);
}

static void expect_header(const char *token)
{
    char header[64];
    (void)snprintf(header, sizeof header, "Bearer %s", token);
    ck_assert_int_eq(grpc_slice_str_cmp(a.header, header), 0);
}

static void expect_ready(const waiter *w)
{
    ck_assert_uint_eq(w->calls, 1);
    ck_assert_msg(w->error.status == BOXD_OK, "%s", w->error.message);
}

static void expect_failed(const waiter *w, boxd_status status, const char *part)
{
    ck_assert_uint_eq(w->calls, 1);
    ck_assert_int_eq((int)w->error.status, (int)status);
    ck_assert_msg(strstr(w->error.message, part), "no \"%s\" in: %s", part, w->error.message);
    ck_assert_ptr_null(strstr(w->error.message, "k\"ey"));
}

/* A client with a token that is valid for an hour: it is renewed after 55 minutes. */
static void open_with_valid_token(void)
{
    waiter w;
    open_with_key();
    acquire(&w);
    answer_token("one", 3600);
    expect_ready(&w);
}

enum { UNTIL_DUE_S = 3300 + 10, UNTIL_EXPIRY_S = 3600 + 10 };

/* ---- a token of the program's ---- */

START_TEST(a_given_token_is_never_exchanged)
{
    static char token[] = "mine";
    waiter w;
    open_auth(&(config){.token = token});
    acquire(&w);
    expect_ready(&w);
    expect_header("mine");
    ck_assert(!auth_reject(&a, a.generation));
    fake_now_ns += (int64_t)10 * 365 * 86400 * NS_PER_S;
    acquire(&w);
    expect_ready(&w);
    ck_assert_uint_eq(wire.sent, 0);
    close_auth();
}
END_TEST

/* ---- one exchange at a time ---- */

START_TEST(calls_share_one_exchange)
{
    waiter w[3], late;
    open_with_key();
    for (size_t i = 0; i < COUNT(w); i++)
        acquire(&w[i]);
    fake_loop_run(&home);
    ck_assert_uint_eq(wire.sent, 1);
    ck_assert_str_eq(wire.method, "POST");
    ck_assert_str_eq(wire.url, "https://app.example/token");
    ck_assert_str_eq(wire.body, "{\"api_key\":\"k\\\"ey\"}");
    ck_assert_uint_eq(w[0].calls + w[1].calls + w[2].calls, 0);
    answer_token("one", 3600);
    for (size_t i = 0; i < COUNT(w); i++) {
        expect_ready(&w[i]);
        ck_assert_uint_eq(w[i].turn, i + 1);
    }
    expect_header("one");
    acquire(&late);
    expect_ready(&late);
    ck_assert_uint_eq(wire.sent, 1);
    ck_assert_int_eq((int)a.state, (int)AUTH_IDLE);
    close_auth();
}
END_TEST

START_TEST(a_failure_reaches_all_that_wait)
{
    waiter w[2];
    open_with_key();
    acquire(&w[0]);
    acquire(&w[1]);
    answer_status(401, -1);
    expect_failed(&w[0], BOXD_ERR_AUTHENTICATION, "rejected the API key (401)");
    expect_failed(&w[1], BOXD_ERR_AUTHENTICATION, "boxd keys create");
    fake_pass_s(&home, 1);
    acquire(&w[0]);
    ck_assert_uint_eq(wire.sent, 2);
    answer_token("one", 3600);
    expect_ready(&w[0]);
    close_auth();
}
END_TEST

/* It fails for the same reason: a failed exchange is not repeated at once. */
START_TEST(a_call_started_by_a_failure_fails_too)
{
    waiter first = new_waiter(), second = new_waiter(), next = new_waiter();
    open_with_key();
    first.then = &next;
    auth_acquire(&a, &first.waiter);
    auth_acquire(&a, &second.waiter);
    answer_status(500, -1);
    expect_failed(&first, BOXD_ERR_INTERNAL, "failed (500)");
    expect_failed(&second, BOXD_ERR_INTERNAL, "failed (500)");
    expect_failed(&next, BOXD_ERR_INTERNAL, "failed (500)");
    ck_assert_uint_eq(wire.sent, 1);
    close_auth();
}
END_TEST

/* ---- failures are remembered ---- */

/* An exchange that fails with each kind of failure: 50 calls make one exchange, and all fail for its reason.
 */
START_TEST(failures_are_remembered)
{
    static const boxd_error unreachable = {.status = BOXD_ERR_CONNECTION, .message = "connection refused"};
    static const struct {
        int status;
        const char *body;
        boxd_status wanted;
    } rows[] = {{401, "", BOXD_ERR_AUTHENTICATION}, {403, "", BOXD_ERR_PERMISSION_DENIED},
                {302, "", BOXD_ERR_CONNECTION},     {500, "", BOXD_ERR_INTERNAL},
                {200, "{}", BOXD_ERR_PROTOCOL},     {0, "", BOXD_ERR_CONNECTION}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        waiter first, next;
        open_with_key();
        acquire(&first);
        answer(rows[i].status, rows[i].body, -1, rows[i].status ? NULL : &unreachable);
        fake_loop_run(&home);
        expect_failed(&first, rows[i].wanted, "exchange");
        for (int call = 0; call < 50; call++) {
            acquire(&next);
            expect_failed(&next, rows[i].wanted, first.error.message);
            ck_assert(next.error.retry_after_ms > 0 && next.error.retry_after_ms <= 500);
            ck_assert(next.error.retryable == first.error.retryable &&
                      next.error.http_status == first.error.http_status);
        }
        ck_assert_uint_eq(wire.sent, 1);
        close_auth();
    }
}
END_TEST

/* Fails the next exchange. Returns how long later calls are refused, in milliseconds. */
static int64_t fail_once(void)
{
    waiter w;
    acquire(&w);
    answer_status(500, -1);
    expect_failed(&w, BOXD_ERR_INTERNAL, "failed (500)");
    acquire(&w);
    expect_failed(&w, BOXD_ERR_INTERNAL, "failed (500)");
    return w.error.retry_after_ms;
}

/* The pause lasts between half and the whole of 0.5 s, 1 s, 2 s, ..., 30 s. A success ends it, and the next
 * failure begins with the shortest one. */
START_TEST(the_pause_grows_and_ends)
{
    static const int64_t whole_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    waiter w;
    open_with_key();
    for (size_t i = 0; i < COUNT(whole_ms); i++) {
        const int64_t pause_ms = fail_once();
        ck_assert_msg(pause_ms >= whole_ms[i] / 2 && pause_ms <= whole_ms[i], "%zu: %lld ms", i,
                      (long long)pause_ms);
        fake_now_ns += (pause_ms - 1) * NS_PER_MS;
        acquire(&w);
        ck_assert_int_eq((int)w.error.retry_after_ms, 1);
        fake_now_ns += NS_PER_MS;
        ck_assert_uint_eq(wire.sent, i + 1);
    }
    acquire(&w);
    answer_token("one", 3600);
    expect_ready(&w);
    ck_assert(auth_reject(&a, a.generation));
    ck_assert(fail_once() <= 500);
    close_auth();
}
END_TEST

START_TEST(retry_after_is_respected)
{
    static const struct {
        int64_t seconds, pause_ms;
    } rows[] = {{7, 7000}, {3600, 60000}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        waiter w;
        open_with_key();
        acquire(&w);
        answer_status(503, rows[i].seconds);
        expect_failed(&w, BOXD_ERR_INTERNAL, "failed (503)");
        ck_assert_int_eq((int)w.error.retry_after_ms, (int)(rows[i].seconds * 1000));
        acquire(&w);
        ck_assert_int_eq((int)w.error.retry_after_ms, (int)rows[i].pause_ms);
        fake_now_ns += rows[i].pause_ms * NS_PER_MS;
        acquire(&w);
        answer_token("one", 3600);
        expect_ready(&w);
        close_auth();
    }
}
END_TEST

/* While the old token is valid no call is refused. A token that the server rejects, or that expires, gets an
 * exchange of its own. */
START_TEST(a_failed_renewal_is_not_remembered)
{
    waiter w;
    open_with_valid_token();
    fake_pass_s(&home, UNTIL_DUE_S);
    acquire(&w);
    answer_status(500, -1);
    acquire(&w);
    expect_ready(&w);
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    answer_token("two", 3600);
    expect_ready(&w);
    close_auth();
}
END_TEST

START_TEST(a_lack_of_memory_is_not_remembered)
{
    static const boxd_error no_memory = {.status = BOXD_ERR_NO_MEMORY, .message = "out of memory: x"};
    waiter w;
    open_with_key();
    acquire(&w);
    answer(0, "", -1, &no_memory);
    fake_loop_run(&home);
    expect_failed(&w, BOXD_ERR_NO_MEMORY, "out of memory");
    acquire(&w);
    mem_fail_after(0);
    answer_token("one", 3600);
    mem_fail_after(-1);
    expect_failed(&w, BOXD_ERR_NO_MEMORY, "out of memory");
    acquire(&w);
    answer_token("two", 3600);
    expect_ready(&w);
    close_auth();
}
END_TEST

START_TEST(an_abandoned_waiter_is_not_called)
{
    waiter w[3];
    open_with_key();
    for (size_t i = 0; i < COUNT(w); i++)
        acquire(&w[i]);
    auth_abandon(&w[1].waiter);
    auth_abandon(&w[1].waiter);
    answer_token("one", 3600);
    auth_abandon(&w[0].waiter);
    expect_ready(&w[0]);
    ck_assert_uint_eq(w[1].calls, 0);
    expect_ready(&w[2]);
    for (size_t i = 0; i < COUNT(w); i++) { /* also the last waiter, and all of them */
        acquire(&w[i]);
        expect_ready(&w[i]);
    }
    ck_assert(auth_reject(&a, a.generation));
    for (size_t i = 0; i < COUNT(w); i++)
        acquire(&w[i]);
    for (size_t i = COUNT(w); i-- > 0;)
        auth_abandon(&w[i].waiter);
    answer_token("two", 3600);
    ck_assert_uint_eq(w[0].calls + w[1].calls + w[2].calls, 0);
    expect_header("two");
    close_auth();
}
END_TEST

START_TEST(without_memory_nothing_waits)
{
    waiter w;
    open_with_key();
    wire.no_memory = true;
    acquire(&w);
    expect_failed(&w, BOXD_ERR_NO_MEMORY, "out of memory");
    ck_assert_int_eq((int)a.state, (int)AUTH_IDLE);
    wire.no_memory = false;
    acquire(&w);
    answer_token("one", 3600);
    expect_ready(&w);
    close_auth();
}
END_TEST

/* ---- renewal ---- */

START_TEST(a_token_is_used_while_it_is_renewed)
{
    waiter w[2];
    open_with_valid_token();
    fake_pass_s(&home, UNTIL_DUE_S - 20);
    acquire(&w[0]);
    expect_ready(&w[0]);
    ck_assert_uint_eq(wire.sent, 1);
    fake_pass_s(&home, 20);
    for (size_t i = 0; i < COUNT(w); i++) {
        acquire(&w[i]);
        expect_ready(&w[i]);
        expect_header("one");
    }
    ck_assert_uint_eq(wire.sent, 2);
    const unsigned generation = a.generation;
    answer_token("two", 3600);
    expect_header("two");
    ck_assert_uint_eq(a.generation, generation + 1);
    close_auth();
}
END_TEST

START_TEST(a_failed_renewal_keeps_the_valid_token)
{
    waiter w;
    open_with_valid_token();
    fake_pass_s(&home, UNTIL_DUE_S);
    acquire(&w);
    expect_ready(&w);
    answer_status(500, -1);
    expect_header("one");
    fake_pass_s(&home, 29);
    acquire(&w);
    expect_ready(&w);
    ck_assert_uint_eq(wire.sent, 2);
    fake_pass_s(&home, 1);
    acquire(&w);
    expect_ready(&w);
    ck_assert_uint_eq(wire.sent, 3);
    answer_token("two", 3600);
    expect_header("two");
    close_auth();
}
END_TEST

START_TEST(an_expired_token_is_waited_for)
{
    waiter w;
    open_with_valid_token();
    fake_pass_s(&home, UNTIL_EXPIRY_S);
    acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    answer_token("two", 3600);
    expect_ready(&w);
    expect_header("two");
    close_auth();
}
END_TEST

/* The wall clock is wrong: no token counts as expired at once, or as valid for ever. */
START_TEST(a_lifetime_has_bounds)
{
    waiter w;
    open_with_key();
    acquire(&w);
    answer_token("one", -1000);
    expect_ready(&w);
    acquire(&w);
    expect_ready(&w);
    ck_assert_uint_eq(wire.sent, 1);
    fake_pass_s(&home, 31);
    acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    answer_token("two", 2000000000);
    expect_ready(&w);
    fake_pass_s(&home, (int64_t)367 * 86400);
    acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    answer_token("three", 3600);
    close_auth();
}
END_TEST

/* ---- UNAUTHENTICATED ---- */

START_TEST(a_rejected_token_is_replaced)
{
    waiter w[2];
    open_with_valid_token();
    const unsigned rejected = a.generation;
    ck_assert(auth_reject(&a, rejected));
    acquire(&w[0]);
    ck_assert(auth_reject(&a, rejected)); /* from another call with the same token */
    acquire(&w[1]);
    ck_assert_uint_eq(w[0].calls + w[1].calls, 0);
    ck_assert_uint_eq(wire.sent, 2);
    answer_token("two", 3600);
    expect_ready(&w[0]);
    expect_ready(&w[1]);
    ck_assert(auth_reject(&a, rejected)); /* a late answer: the newer token stays */
    acquire(&w[0]);
    expect_ready(&w[0]);
    expect_header("two");
    ck_assert_uint_eq(wire.sent, 2);
    close_auth();
}
END_TEST

/* ---- 429 ---- */

START_TEST(a_429_is_retried_once)
{
    waiter w[2];
    open_with_key();
    acquire(&w[0]);
    answer_status(429, 7);
    ck_assert_int_eq((int)a.state, (int)AUTH_RATE_LIMITED);
    fake_pass_s(&home, 6);
    acquire(&w[1]);
    ck_assert_uint_eq(wire.sent, 1);
    fake_pass_s(&home, 1);
    ck_assert_uint_eq(wire.sent, 2);
    ck_assert_int_eq((int)a.state, (int)AUTH_SECOND_TRY);
    ck_assert_uint_eq(w[0].calls + w[1].calls, 0);
    answer_status(429, 9);
    for (size_t i = 0; i < COUNT(w); i++) {
        expect_failed(&w[i], BOXD_ERR_QUOTA, "still rate-limited (429) after one retry");
        ck_assert_int_eq((int)w[i].error.retry_after_ms, 9000);
    }
    fake_pass_s(&home, 9);
    acquire(&w[0]);
    answer_status(429, 3600);
    fake_pass_s(&home, 60); /* the longest pause */
    answer_token("one", 3600);
    expect_ready(&w[0]);
    close_auth();
}
END_TEST

/* ---- the end ---- */

START_TEST(close_in_each_state)
{
    waiter w;
    for (int state = AUTH_IDLE; state <= (int)AUTH_SECOND_TRY; state++) {
        open_with_key();
        if (state != AUTH_IDLE)
            acquire(&w);
        if (state == AUTH_RATE_LIMITED || state == AUTH_SECOND_TRY)
            answer_status(429, 1);
        if (state == AUTH_SECOND_TRY)
            fake_pass_s(&home, 1);
        ck_assert_int_eq((int)a.state, state);
        if (state != AUTH_IDLE) {
            auth_abandon(&w.waiter);
            ck_assert_uint_eq(w.calls, 0);
        }
        close_auth();
    }
}
END_TEST

START_TEST(close_with_a_token)
{
    waiter w;
    open_with_valid_token();
    close_auth();
    open_with_valid_token();
    fake_pass_s(&home, UNTIL_DUE_S);
    acquire(&w);
    expect_ready(&w);
    close_auth(); /* while it is renewed */
    ck_assert_uint_eq(w.calls, 1);
}
END_TEST

/* ---- inside a machine ---- */

START_TEST(the_machine_issues_tokens)
{
    static char url[] = "http://127.0.0.1:9002/";
    static const boxd_error refused = {.status = BOXD_ERR_CONNECTION, .message = "connection refused"};
    waiter w;
    open_auth(&(config){.metadata_url = url, .in_machine = true});
    acquire(&w);
    ck_assert_str_eq(wire.method, "GET");
    ck_assert_str_eq(wire.url, "http://127.0.0.1:9002/v1/auth/token");
    answer(0, "", -1, &refused);
    fake_loop_run(&home);
    expect_failed(&w, BOXD_ERR_AUTHENTICATION, "the client has no credential");
    fake_pass_s(&home, 1);
    acquire(&w);
    answer(200, "{\"token\":\"one\",\"expires_at\":4102444800,\"api_url\":\"https://api.example\"}", -1,
           NULL);
    fake_loop_run(&home);
    expect_ready(&w);
    ck_assert_str_eq(a.api_url, "https://api.example");
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    answer(0, "", -1, &refused);
    fake_loop_run(&home);
    expect_failed(&w, BOXD_ERR_CONNECTION, "the machine's metadata service at");
    ck_assert(w.error.retryable);
    close_auth();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auth");
    unit_add(suite, a_given_token_is_never_exchanged);
    unit_add(suite, calls_share_one_exchange);
    unit_add(suite, a_failure_reaches_all_that_wait);
    unit_add(suite, a_call_started_by_a_failure_fails_too);
    unit_add(suite, failures_are_remembered);
    unit_add(suite, the_pause_grows_and_ends);
    unit_add(suite, retry_after_is_respected);
    unit_add(suite, a_failed_renewal_is_not_remembered);
    unit_add(suite, a_lack_of_memory_is_not_remembered);
    unit_add(suite, an_abandoned_waiter_is_not_called);
    unit_add(suite, without_memory_nothing_waits);
    unit_add(suite, a_token_is_used_while_it_is_renewed);
    unit_add(suite, a_failed_renewal_keeps_the_valid_token);
    unit_add(suite, an_expired_token_is_waited_for);
    unit_add(suite, a_lifetime_has_bounds);
    unit_add(suite, a_rejected_token_is_replaced);
    unit_add(suite, a_429_is_retried_once);
    unit_add(suite, close_in_each_state);
    unit_add(suite, close_with_a_token);
    unit_add(suite, the_machine_issues_tokens);
    return unit_run(suite);
}
