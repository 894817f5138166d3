/*
 * The token cache in the life cycle of a token: when a client looks there, exchanges its key, waits for
 * another client, and what it leaves in the file. The file is real; the exchange, the loops and the
 * monotonic clock are the test's.
 */
#include "auth_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static char root[64], key[] = "k\"ey", url[] = "https://app.example/token";
static char name[TOKEN_ENTRY_NAME_SIZE];
/* Another client of the same key. */
static token_file other;
static char logged[2048];

static void set_up(void)
{
    (void)snprintf(root, sizeof root, "/tmp/boxd-auth-cache-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    token_entry_name(name, key, url, NULL);
    token_file_init(&other, root, name);
}

static void tear_down(void)
{
    char command[128];
    token_file_unlock(&other);
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

static void on_log(boxd_log_level level, const char *line, void *data)
{
    (void)data;
    const size_t used = strlen(logged);
    (void)snprintf(logged + used, sizeof logged - used, "%d %s\n", (int)level, line);
}

static void open_client(void)
{
    logged[0] = '\0';
    open_auth(
        &(config){.api_key = key, .credential_source = "key", .exchange_url = url, .token_cache_dir = root});
    watcher.hooks.log = on_log;
}

/* Runs the tasks of the disk thread, then those of the core. */
static void turn(void)
{
    loop_drain(&disk.loop);
    fake_loop_run(&home);
}

/* Opens a client whose first call waits for a token, and lets the client look into the cache. */
static void open_and_acquire(waiter *w)
{
    open_client();
    acquire(w);
    turn();
}

static void store_entry(token_file *f, const char *token, int64_t received_in_s, int64_t refresh_in_s,
                        int64_t expires_in_s)
{
    char problem[TOKEN_FILE_PROBLEM_SIZE];
    const int64_t now = time(NULL);
    char *text = token_entry_format(
        &(token_entry){token, now + received_in_s, now + refresh_in_s, now + expires_in_s}, name);
    ck_assert(token_file_store(f, text, problem));
    mem_free(text);
}

static void store_fresh(const char *token)
{
    store_entry(&other, token, 0, 3300, 3600);
}

static void store_due(const char *token)
{
    store_entry(&other, token, -3400, -100, 200);
}

/* "": there is no file, or it has no token. */
static const char *stored(void)
{
    static char token[64];
    token_found found;
    token_file probe;
    token_file_init(&probe, root, name);
    token_file_look(&probe, NULL, time(NULL), &found);
    (void)snprintf(token, sizeof token, "%s", found.state == TOKEN_NONE ? "" : found.entry.token);
    token_found_free(&found);
    token_file_unlock(&probe);
    return token;
}

static bool is_unlocked(void)
{
    token_found found;
    token_file probe;
    token_file_init(&probe, root, name);
    token_file_look(&probe, NULL, INT64_MAX, &found);
    const bool locked = probe.lock_fd >= 0;
    token_found_free(&found);
    token_file_unlock(&probe);
    return locked;
}

static void lock_by_other(void)
{
    token_found found;
    token_file_look(&other, NULL, time(NULL), &found);
    ck_assert(other.lock_fd >= 0);
    token_found_free(&found);
}

/* ---- a token in the cache ---- */

START_TEST(a_cached_token_needs_no_exchange)
{
    waiter w[2];
    store_fresh("one");
    open_client();
    acquire(&w[0]);
    acquire(&w[1]);
    ck_assert_uint_eq(w[0].calls, 0);
    turn();
    expect_ready(&w[0]);
    expect_ready(&w[1]);
    expect_header("one");
    ck_assert_uint_eq(wire.sent, 0);
    ck_assert_uint_eq(wire.begun, 0);
    ck_assert_uint_eq(observe_counted(&watcher.cached_tokens), 1);
    ck_assert_ptr_nonnull(strstr(logged, "3 a token from the cache, to be refreshed in 3"));
    acquire(&w[0]);
    expect_ready(&w[0]); /* from memory */
    close_auth();
    ck_assert(is_unlocked());
}
END_TEST

START_TEST(an_exchanged_token_is_stored)
{
    waiter w;
    open_and_acquire(&w);
    ck_assert_uint_eq(wire.sent, 1);
    ck_assert(!is_unlocked()); /* the exchange of this client is the only one */
    answer_token("one", 3600);
    expect_ready(&w);
    turn();
    ck_assert_str_eq(stored(), "one");
    ck_assert(is_unlocked());
    ck_assert_uint_eq(observe_counted(&watcher.cached_tokens), 0);
    close_auth();
}
END_TEST

/* A short program closes its client at once; the disk thread stores the token before it ends. */
START_TEST(a_token_is_stored_by_a_client_that_closes)
{
    waiter w;
    open_and_acquire(&w);
    answer_token("one", 3600);
    close_auth();
    ck_assert_str_eq(stored(), "one");
}
END_TEST

static const struct {
    int64_t received, refresh, expires;
} useless[] = {
    {-3600, -300, 0},      /* expired */
    {-7200, -3900, -3600}, /* long ago */
    {3600, 6900, 7200},    /* the clock was set back */
};

START_TEST(an_expired_token_is_replaced)
{
    waiter w;
    store_entry(&other, "old", useless[_i].received, useless[_i].refresh, useless[_i].expires);
    open_and_acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    ck_assert_uint_eq(wire.sent, 1);
    answer_token("new", 3600);
    expect_ready(&w);
    expect_header("new");
    turn();
    ck_assert_str_eq(stored(), "new");
    close_auth();
}
END_TEST

/* ---- a token that is due ---- */

START_TEST(a_due_token_is_renewed_before_calls_go_on)
{
    waiter w, late;
    store_due("old");
    open_and_acquire(&w);
    ck_assert_uint_eq(w.calls, 0);
    ck_assert_uint_eq(wire.sent, 1);
    acquire(&late);
    expect_ready(&late); /* the token is valid */
    answer_token("new", 3600);
    expect_ready(&w);
    expect_header("new");
    turn();
    ck_assert_str_eq(stored(), "new");
    close_auth();
}
END_TEST

START_TEST(a_due_token_is_used_if_the_exchange_fails)
{
    waiter w;
    store_due("old");
    open_and_acquire(&w);
    answer_status(500, -1);
    expect_ready(&w);
    expect_header("old");
    ck_assert_ptr_nonnull(strstr(logged, "1 the token was not renewed: "));
    turn();
    ck_assert_str_eq(stored(), "old");
    ck_assert(is_unlocked());
    close_auth();
}
END_TEST

/* The exchange is slow, or asks for a pause: calls do not wait for a token that they do not need. */
START_TEST(calls_wait_for_a_renewal_for_a_short_time)
{
    waiter w;
    store_due("old");
    open_and_acquire(&w);
    fake_pass_s(&home, 1);
    ck_assert_uint_eq(w.calls, 0);
    fake_pass_s(&home, 2);
    expect_ready(&w);
    answer_token("new", 3600);
    ck_assert_uint_eq(w.calls, 1);
    turn();
    close_auth();
    ck_assert_str_eq(stored(), "new");

    store_due("old");
    open_and_acquire(&w);
    answer_status(429, 30);
    expect_ready(&w);
    fake_pass_s(&home, 30);
    answer_token("newer", 3600);
    close_auth();
    ck_assert_str_eq(stored(), "newer");
}
END_TEST

START_TEST(a_due_token_is_used_while_another_client_renews_it)
{
    waiter w;
    store_due("old");
    lock_by_other();
    open_and_acquire(&w);
    expect_ready(&w);
    expect_header("old");
    ck_assert_uint_eq(wire.sent, 0);
    store_fresh("new");
    fake_pass_s(&home, 31);
    acquire(&w);
    expect_ready(&w);
    turn();
    expect_header("new");
    ck_assert_uint_eq(wire.sent, 0);
    close_auth();
}
END_TEST

/* A client that runs for a long time uses what others have stored, too. */
START_TEST(a_refresh_looks_at_the_cache_first)
{
    waiter w;
    open_and_acquire(&w);
    answer_token("one", 3600);
    turn();
    store_fresh("two");
    fake_pass_s(&home, UNTIL_DUE_S);
    acquire(&w);
    expect_ready(&w);
    turn();
    expect_header("two");
    ck_assert_uint_eq(wire.sent, 1);
    close_auth();
}
END_TEST

/* ---- tokens and keys that are refused ---- */

START_TEST(a_rejected_token_is_replaced)
{
    waiter w;
    store_fresh("one");
    open_and_acquire(&w);
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    turn();
    ck_assert_uint_eq(wire.sent, 1);
    ck_assert_str_eq(stored(), "");
    answer_token("two", 3600);
    expect_ready(&w);
    turn();
    ck_assert_str_eq(stored(), "two");
    close_auth();
}
END_TEST

/* Another client has replaced it already. */
START_TEST(a_rejected_token_is_not_taken_again)
{
    waiter w;
    store_fresh("one");
    open_and_acquire(&w);
    store_fresh("two");
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    turn();
    expect_ready(&w);
    expect_header("two");
    ck_assert_uint_eq(wire.sent, 0);
    close_auth();
}
END_TEST

START_TEST(a_refused_key_removes_the_file)
{
    static const int statuses[] = {401, 403};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        waiter w;
        store_due("old");
        open_and_acquire(&w);
        answer_status(statuses[i], -1);
        expect_ready(&w); /* the token of the client is valid until it expires or is rejected */
        close_auth();
        ck_assert_str_eq(stored(), "");
        ck_assert(is_unlocked());
    }
}
END_TEST

START_TEST(a_failed_exchange_unlocks)
{
    static const int statuses[] = {401, 403, 404, 429, 500};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        waiter w;
        open_and_acquire(&w);
        answer_status(statuses[i], 1);
        if (statuses[i] == 429) {
            ck_assert(!is_unlocked()); /* others would be rate-limited, too */
            fake_pass_s(&home, 2);
            answer_status(statuses[i], 1);
        }
        ck_assert_uint_eq(w.calls, 1);
        turn();
        ck_assert(is_unlocked());
        close_auth();
    }
}
END_TEST

/* ---- other clients ---- */

START_TEST(a_client_waits_for_the_exchange_of_another)
{
    waiter w;
    lock_by_other();
    open_client();
    acquire(&w);
    for (int i = 0; i < 5; i++) {
        turn();
        ck_assert_uint_eq(w.calls, 0);
        fake_now_ns += 100 * NS_PER_MS;
        fake_loop_run(&home);
    }
    store_fresh("theirs");
    turn();
    expect_ready(&w);
    expect_header("theirs");
    ck_assert_uint_eq(wire.sent, 0);
    close_auth();
}
END_TEST

START_TEST(a_client_follows_one_that_has_failed)
{
    waiter w;
    lock_by_other();
    open_and_acquire(&w);
    token_file_unlock(&other);
    fake_pass_s(&home, 1);
    turn();
    ck_assert_uint_eq(wire.sent, 1);
    answer_token("one", 3600);
    expect_ready(&w);
    close_auth();
    ck_assert_str_eq(stored(), "one");
}
END_TEST

START_TEST(the_wait_for_another_client_ends)
{
    waiter w;
    int steps = 0;
    lock_by_other();
    open_client();
    acquire(&w);
    for (; wire.sent == 0 && steps < 1000; steps++) {
        turn();
        fake_now_ns += 100 * NS_PER_MS;
        fake_loop_run(&home);
    }
    ck_assert_int_gt(steps, 100); /* 12 s */
    ck_assert_int_lt(steps, 150);
    ck_assert_ptr_nonnull(strstr(logged, "no token was found in time"));
    answer_token("one", 3600);
    expect_ready(&w);
    close_auth();
    ck_assert_str_eq(stored(), "one"); /* also without the lock */
}
END_TEST

START_TEST(a_disk_that_does_not_answer_delays_calls_for_a_time)
{
    waiter w;
    open_client();
    acquire(&w);
    fake_pass_s(&home, 11);
    ck_assert_uint_eq(wire.sent, 0);
    fake_pass_s(&home, 2);
    ck_assert_uint_eq(wire.sent, 1);
    answer_token("one", 3600);
    expect_ready(&w);
    ck_assert(auth_reject(&a, a.generation));
    acquire(&w);
    ck_assert_uint_eq(wire.sent, 2); /* at once */
    answer_token("two", 3600);
    expect_ready(&w);
    turn(); /* the disk answers at last: the look, then the first token */
    turn();
    ck_assert(is_unlocked());
    close_auth();
}
END_TEST

/* ---- the end of a client ---- */

START_TEST(a_client_ends_during_a_look)
{
    waiter w;
    open_client();
    acquire(&w);
    auth_abandon(&w.waiter);
    close_auth();
    ck_assert(is_unlocked());
    lock_by_other();
    open_and_acquire(&w); /* between two looks */
    auth_abandon(&w.waiter);
    close_auth();
    ck_assert_uint_eq(w.calls, 0);
}
END_TEST

START_TEST(a_client_ends_during_its_exchange)
{
    waiter w;
    open_and_acquire(&w);
    auth_abandon(&w.waiter);
    close_auth();
    ck_assert(is_unlocked());
    ck_assert_str_eq(stored(), "");
}
END_TEST

/* ---- a cache that cannot be used ---- */

START_TEST(a_cache_that_cannot_be_used_is_logged_once)
{
    waiter w;
    ck_assert_int_eq(chmod(root, 0770), 0);
    open_client();
    for (int i = 0; i < 3; i++) {
        acquire(&w);
        turn();
        answer_token("one", 3600);
        turn();
        expect_ready(&w);
        auth_accept(&a, a.generation);
        ck_assert(auth_reject(&a, a.generation));
    }
    const char *line = strstr(logged, "2 the token cache in /tmp/boxd-auth-cache-");
    ck_assert_msg(line && strstr(line, "other users may write to it"), "%s", logged);
    ck_assert_ptr_null(strstr(line + 10, "the token cache in"));
    ck_assert_ptr_null(strstr(logged, key));
    close_auth();
}
END_TEST

START_TEST(a_lack_of_memory_is_an_error)
{
    int failures = 0;
    store_fresh("one");
    for (bool good = false; !good; failures++) {
        waiter w;
        open_client();
        mem_fail_after(failures);
        acquire(&w);
        turn();
        mem_fail_after(-1);
        ck_assert_uint_eq(w.calls, 1);
        good = w.error.status == BOXD_OK;
        ck_assert(good || w.error.status == BOXD_ERR_NO_MEMORY);
        close_auth();
        ck_assert_str_eq(stored(), "one");
    }
    ck_assert_int_eq(failures, 3); /* reading, and the header */
}
END_TEST

static void add(Suite *suite, const TTest *test, size_t count)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("auth_cache");
    add(suite, a_cached_token_needs_no_exchange, 1);
    add(suite, an_exchanged_token_is_stored, 1);
    add(suite, a_token_is_stored_by_a_client_that_closes, 1);
    add(suite, an_expired_token_is_replaced, COUNT(useless));
    add(suite, a_due_token_is_renewed_before_calls_go_on, 1);
    add(suite, a_due_token_is_used_if_the_exchange_fails, 1);
    add(suite, calls_wait_for_a_renewal_for_a_short_time, 1);
    add(suite, a_due_token_is_used_while_another_client_renews_it, 1);
    add(suite, a_refresh_looks_at_the_cache_first, 1);
    add(suite, a_rejected_token_is_replaced, 1);
    add(suite, a_rejected_token_is_not_taken_again, 1);
    add(suite, a_refused_key_removes_the_file, 1);
    add(suite, a_failed_exchange_unlocks, 1);
    add(suite, a_client_waits_for_the_exchange_of_another, 1);
    add(suite, a_client_follows_one_that_has_failed, 1);
    add(suite, the_wait_for_another_client_ends, 1);
    add(suite, a_disk_that_does_not_answer_delays_calls_for_a_time, 1);
    add(suite, a_client_ends_during_a_look, 1);
    add(suite, a_client_ends_during_its_exchange, 1);
    add(suite, a_cache_that_cannot_be_used_is_logged_once, 1);
    add(suite, a_lack_of_memory_is_an_error, 1);
    return unit_run(suite);
}
