/* The token's life cycle: exchange, refresh and failures, without a network. */
#include "auth_fixture.h"

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
    expect_failed(&w[0], BOXD_ERR_AUTHENTICATION, "rejected the API key in BOXD_API_KEY (401)");
    expect_failed(&w[1], BOXD_ERR_AUTHENTICATION, "set a valid key");
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
        if (state == AUTH_LOOK) /* with a cache: auth_cache_test.c */
            continue;
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

/* ---- out of memory in the transport ---- */

/* Neither a setting nor the server is the cause: the error has no advice about them. */
START_TEST(out_of_memory_has_no_advice)
{
    static char url[] = "http://127.0.0.1:9002/", key[] = "key", exchange_url[] = "https://app.example/token",
                proxy[] = "http://p:1";
    static const boxd_error no_memory = {.status = BOXD_ERR_NO_MEMORY,
                                         .sent = BOXD_SENT_UNKNOWN,
                                         .message = "out of memory: an HTTP exchange"};
    static const struct {
        config settings;
        const char *message;
    } rows[] = {
        {{.api_key = key, .exchange_url = exchange_url},
         "no token from the exchange at https://app.example/token: out of memory: an HTTP exchange"},
        {{.api_key = key,
          .exchange_url = exchange_url,
          .exchange_proxy = {.url = proxy, .bypass = "add the server's host to NO_PROXY"}},
         "no token from the exchange at https://app.example/token: out of memory: an HTTP exchange"},
        {{.metadata_url = url, .in_machine = true},
         "no token from the machine's metadata service at http://127.0.0.1:9002/v1/auth/token: out of "
         "memory: an HTTP exchange"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        waiter w;
        open_auth(&rows[i].settings);
        acquire(&w);
        answer(0, "", -1, &no_memory);
        fake_loop_run(&home);
        expect_failed(&w, BOXD_ERR_NO_MEMORY, "out of memory");
        ck_assert_str_eq(w.error.message, rows[i].message);
        ck_assert_int_eq((int)w.error.sent, (int)BOXD_SENT_NO);
        ck_assert(!w.error.retryable);
        close_auth();
    }
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
    unit_add(suite, out_of_memory_has_no_advice);
    unit_add(suite, the_machine_issues_tokens);
    return unit_run(suite);
}
