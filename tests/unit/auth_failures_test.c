/* Failed exchanges are remembered for a short, growing time. */
#include "auth_fixture.h"

/* An exchange that fails with each kind of failure: 50 calls make one exchange, and all fail for its reason.
 */
START_TEST(failures_are_remembered)
{
    static const boxd_error unreachable = {.status = BOXD_ERR_CONNECTION, .message = "connection refused"};
    static const struct {
        const char *body;
        int status;
        boxd_status wanted;
    } rows[] = {{"", 401, BOXD_ERR_AUTHENTICATION}, {"", 403, BOXD_ERR_PERMISSION_DENIED},
                {"", 302, BOXD_ERR_CONNECTION},     {"", 500, BOXD_ERR_INTERNAL},
                {"{}", 200, BOXD_ERR_PROTOCOL},     {"", 0, BOXD_ERR_CONNECTION}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        waiter first, next;
        open_with_key();
        acquire(&first);
        answer(rows[i].status, rows[i].body, -1, rows[i].status ? NULL : &unreachable);
        fake_loop_run(&home);
        expect_failed(&first, rows[i].wanted, "exchange");
        ck_assert(first.error.retry_after_ms > 0 && first.error.retry_after_ms <= 500);
        for (int call = 0; call < 50; call++) {
            acquire(&next);
            expect_failed(&next, rows[i].wanted, first.error.message);
            ck_assert_int_eq(next.error.retry_after_ms, first.error.retry_after_ms);
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
        ck_assert_int_eq((int)w.error.retry_after_ms, (int)(rows[i].seconds * 1000)); /* not the pause's */
        fake_now_ns += (rows[i].pause_ms - 1) * NS_PER_MS;
        acquire(&w);
        ck_assert_int_eq((int)w.error.retry_after_ms, (int)(rows[i].seconds * 1000 - rows[i].pause_ms + 1));
        ck_assert_uint_eq(wire.sent, 1);
        fake_now_ns += NS_PER_MS;
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

/* The server rejects a token, and the one of the exchange that follows. */
static void reject_twice(void)
{
    waiter w;
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    answer_token("another", 36000);
    expect_ready(&w);
    ck_assert(!auth_reject(&a, a.generation));
    acquire(&w);
    expect_ready(&w); /* the token stays in use */
}

/* However many calls the server refuses, an exchange follows only after a pause that grows. */
START_TEST(rejected_tokens_are_not_exchanged_at_once)
{
    static const int64_t whole_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    waiter w;
    open_with_key();
    acquire(&w);
    answer_token("one", 36000);
    expect_ready(&w);
    for (size_t i = 0; i < COUNT(whole_ms); i++) {
        reject_twice();
        ck_assert_uint_eq(wire.sent, i + 2);
        fake_now_ns += (whole_ms[i] / 2 - 1) * NS_PER_MS;
        ck_assert(!auth_reject(&a, a.generation));
        fake_now_ns += (whole_ms[i] / 2 + 1) * NS_PER_MS;
    }
    auth_accept(&a, a.generation); /* one call that the server accepts ends the pauses */
    reject_twice();
    fake_now_ns += 500 * NS_PER_MS;
    ck_assert(auth_reject(&a, a.generation));
    close_auth();
}
END_TEST

/* A token that has worked is exchanged at once, however often that happens. */
START_TEST(accepted_tokens_are_exchanged_at_once)
{
    waiter w;
    open_with_valid_token();
    for (unsigned i = 0; i < 10; i++) {
        const unsigned old = a.generation;
        auth_accept(&a, old);
        ck_assert(auth_reject(&a, old));
        acquire(&w);
        answer_token("another", 3600);
        expect_ready(&w);
        auth_accept(&a, old); /* a late answer to a call with the old token */
        ck_assert(!auth_reject(&a, a.generation));
    }
    close_auth();
}
END_TEST

/* Calls that carried the old token wait for the exchange that the first of them began. */
START_TEST(calls_with_the_old_token_get_the_new_one)
{
    waiter w;
    open_with_valid_token();
    const unsigned old = a.generation;
    ck_assert(auth_reject(&a, old));
    ck_assert(auth_reject(&a, old));
    acquire(&w);
    ck_assert(auth_reject(&a, old));
    ck_assert_uint_eq(w.calls, 0);
    answer_token("two", 3600);
    expect_ready(&w);
    ck_assert(auth_reject(&a, old));
    acquire(&w);
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

int main(void)
{
    Suite *suite = suite_create("auth_failures");
    unit_add(suite, failures_are_remembered);
    unit_add(suite, the_pause_grows_and_ends);
    unit_add(suite, retry_after_is_respected);
    unit_add(suite, a_failed_renewal_is_not_remembered);
    unit_add(suite, rejected_tokens_are_not_exchanged_at_once);
    unit_add(suite, accepted_tokens_are_exchanged_at_once);
    unit_add(suite, calls_with_the_old_token_get_the_new_one);
    unit_add(suite, a_lack_of_memory_is_not_remembered);
    return unit_run(suite);
}
