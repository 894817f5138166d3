/*
 * The client itself: how it is opened, from arguments and the environment, where its callbacks run, and how
 * it ends.
 */
#include "drukbox_case.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void ask(drukbox_client *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_client *usual = client;
    client = c;
    drukbox_hosts *hosts = try_host_list(&error);
    e2e_ok(hosts, error);
    drukbox_hosts_free(hosts);
    client = usual;
}

/* ---- opening ---- */

START_TEST(from_arguments)
{
    boxd_error error = BOXD_ERROR_INIT;
    char url[192];
    (void)snprintf(url, sizeof url, "%s///", emulator.drukbox_url);
    drukbox_open(_i, NULL);
    unsetenv("SANDBOX_SERVICE_URL");
    unsetenv("SANDBOX_SERVICE_TOKEN");
    drukbox_client_options options = {.size = sizeof options, .base_url = url, .token = TEST_TOKEN};
    options.dispatch = on_surface == DRUKBOX_EPOLL ? BOXD_DISPATCH_MANUAL : BOXD_DISPATCH_CORE_THREAD;
    drukbox_client *c = drukbox_client_open(&options, &error);
    e2e_ok(c, error);
    memset(url, 'x', sizeof url - 1); /* copied */
    ask(c);
    drukbox_close(c);
    drukbox_close(client);
}
END_TEST

START_TEST(from_the_environment)
{
    static const char *const timeouts[] = {"60", " 0.5 ", "inf", "1e3"};
    boxd_error error = BOXD_ERROR_INIT;
    const drukbox_client_options manual = {.size = sizeof manual,
                                           .dispatch = _i == DRUKBOX_EPOLL ? BOXD_DISPATCH_MANUAL
                                                                           : BOXD_DISPATCH_CORE_THREAD};
    drukbox_open(_i, NULL); /* its prefix is SANDBOX_ */
    ask(client);
    setenv("OTHER_SERVICE_URL", emulator.drukbox_url, 1);
    setenv("OTHER_SERVICE_TOKEN", emulator.drukbox_token, 1);
    unsetenv("SANDBOX_SERVICE_URL");
    for (size_t i = 0; i < COUNT(timeouts); i++) {
        setenv("OTHER_SERVICE_TIMEOUT", timeouts[i], 1);
        drukbox_client *c = drukbox_client_open_from_env("OTHER_", &manual, &error);
        e2e_ok(c, error);
        setenv("OTHER_SERVICE_TOKEN", "another", 1); /* it was read once */
        ask(c);
        drukbox_close(c);
        setenv("OTHER_SERVICE_TOKEN", emulator.drukbox_token, 1);
    }
    drukbox_close(client);
}
END_TEST

static void check_refused(const char *prefix, const drukbox_client_options *options, const char *says)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_client *c =
        prefix ? drukbox_client_open_from_env(prefix, options, &error) : drukbox_client_open(options, &error);
    ck_assert_ptr_null(c);
    e2e_refused(error.status, &error, says);
    ck_assert_msg(!strstr(error.message, "hunter2"), "%s", error.message);
    ck_assert_ptr_null(prefix ? drukbox_client_open_from_env(prefix, options, NULL)
                              : drukbox_client_open(options, NULL));
}

START_TEST(not_opened)
{
    static const struct {
        const char *variable, *value, *says;
    } rows[] = {
        {"X_SERVICE_URL", NULL, "X_SERVICE_URL is not set"},
        {"X_SERVICE_URL", "", "X_SERVICE_URL is not set"},
        {"X_SERVICE_URL", "ftp://h", "X_SERVICE_URL"},
        {"X_SERVICE_URL", "http://u:hunter2@h", "X_SERVICE_URL"},
        {"X_SERVICE_TOKEN", NULL, "X_SERVICE_TOKEN is not set"},
        {"X_SERVICE_TOKEN", "", "X_SERVICE_TOKEN is not set"},
        {"X_SERVICE_TOKEN", "hunter2\n", "X_SERVICE_TOKEN (not shown) has a space"},
        {"X_SERVICE_TIMEOUT", "", "X_SERVICE_TIMEOUT is not a number"},
        {"X_SERVICE_TIMEOUT", "abc", "X_SERVICE_TIMEOUT is not a number"},
        {"X_SERVICE_TIMEOUT", "0", "X_SERVICE_TIMEOUT is not a number"},
    };
    struct {
        drukbox_client_options known;
        char more[8];
    } newer = {.known = {.size = sizeof newer, .base_url = "http://h", .token = "t"}, .more = "x"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        setenv("X_SERVICE_URL", "http://h", 1);
        setenv("X_SERVICE_TOKEN", "t", 1);
        unsetenv("X_SERVICE_TIMEOUT");
        unsetenv(rows[i].variable);
        if (rows[i].value)
            setenv(rows[i].variable, rows[i].value, 1);
        check_refused("X_", NULL, rows[i].says);
    }
    check_refused(NULL, NULL, "base_url is not set");
    check_refused(NULL, &newer.known, "drukbox_client_options");
    check_refused("X_", &newer.known, "drukbox_client_options");
    check_refused(NULL, BOXD_OPTIONS(drukbox_client_options, .base_url = "http://h"), "token is not set");
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(drukbox_client_open(BOXD_OPTIONS(drukbox_client_options, .base_url = "https://h",
                                                        .token = "t", .ca_file = "/nowhere/ca.pem"),
                                           &error));
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "\"/nowhere/ca.pem\"");
}
END_TEST

/* ---- the end ---- */

START_TEST(closed_twice)
{
    drukbox_open(_i, NULL);
    drukbox_client *second = drukbox_client_ref(client), *third = drukbox_client_ref(client);
    ask(second);
    drukbox_close(client);
    ck_assert_int_eq((int)drukbox_client_close(second), (int)BOXD_OK);
    outcome o = {.error = BOXD_ERROR_INIT};
    drukbox_aio_client_close(third, outcome_on_done, &o); /* it has ended before: inside this */
    ck_assert_int_eq(o.calls, 1);
}
END_TEST

typedef struct batch {
    atomic_int calls, good, closed;
} batch;

static void on_member(drukbox_hosts *hosts, const boxd_error *error, void *data)
{
    batch *c = data;
    atomic_fetch_add(hosts ? &c->good : &c->closed, 1);
    ck_assert(hosts || error->status == BOXD_ERR_CLOSED);
    drukbox_hosts_free(hosts);
    atomic_fetch_add(&c->calls, 1);
}

/* More calls than connections: each ends, once, before the close is over. */
START_TEST(closed_with_many)
{
    enum { MANY = 500 };
    batch c = {0};
    drukbox_open(_i, NULL);
    emulator_fault(&emulator, "{\"http\":\"GET /hosts\",\"hang\":true,\"count\":7}");
    for (int i = 0; i < MANY; i++)
        drukbox_aio_host_list(client, NULL, on_member, &c);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    drukbox_close(client);
    ck_assert_int_eq(c.calls, MANY);
    ck_assert_int_ge(c.closed, 7);
}
END_TEST

static outcome closed_inside = {.error = BOXD_ERROR_INIT};

static void close_inside(drukbox_hosts *hosts, const boxd_error *error, void *data)
{
    e2e_ok(hosts, *error);
    drukbox_hosts_free(hosts);
    drukbox_client *kept = drukbox_client_ref(client);
    ck_assert_int_eq((int)drukbox_client_close(client), (int)BOXD_ERR_WOULD_DEADLOCK); /* and goes on */
    drukbox_aio_client_close(kept, outcome_on_done, &closed_inside);
    outcome_set(data, NULL, NULL);
}

START_TEST(closed_in_a_callback)
{
    outcome o = {.error = BOXD_ERROR_INIT};
    drukbox_open(_i, NULL);
    drukbox_aio_host_list(client, NULL, close_inside, &o);
    outcome_wait(client, &o);
    outcome_wait(client, &closed_inside);
    ck_assert_int_eq((int)closed_inside.error.status, (int)BOXD_OK);
}
END_TEST

static void *close_it(void *c)
{
    ck_assert_int_eq((int)drukbox_client_close(c), (int)BOXD_OK);
    return NULL;
}

START_TEST(closed_by_many)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    drukbox_open(_i, NULL);
    ask(client);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, close_it, drukbox_client_ref(client));
    drukbox_client_close(client);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

/* ---- many threads ---- */

static void *work(void *data)
{
    boxd_error error = BOXD_ERROR_INIT;
    for (int i = 0; i < 20; i++) {
        drukbox_host *host = drukbox_host_create(data, NULL, &error);
        e2e_ok(host, error);
        e2e_ok(drukbox_host_delete(data, host->id, NULL, &error) == BOXD_OK, error);
        drukbox_host_free(host);
    }
    return NULL;
}

/* Blocking calls from threads of all kinds, also beside manual dispatch. */
START_TEST(used_by_many)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    drukbox_open(_i, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, client);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(drukbox_aio_client_dispatch(client, 0), 0);
    drukbox_close(client);
}
END_TEST

/* ---- manual dispatch ---- */

static bool readable(drukbox_client *c, int timeout_ms)
{
    struct pollfd p = {.fd = drukbox_aio_client_fd(c), .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

static void count(drukbox_hosts *hosts, const boxd_error *error, void *data)
{
    e2e_ok(hosts, *error);
    drukbox_hosts_free(hosts);
    ++*(int *)data;
}

static void wait_due(drukbox_client *c, uint64_t due)
{
    boxd_counters counters = BOXD_COUNTERS_INIT;
    while (counters.ready < due)
        drukbox_client_get_counters(c, &counters);
}

static void on_detached(void *data)
{
    ++*(int *)data;
}

START_TEST(due)
{
    int calls = 0, detached = 0;
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(DRUKBOX_EPOLL, NULL);
    ck_assert(drukbox_aio_client_fd(client) >= 0 && !readable(client, 0));
    ck_assert_uint_eq(drukbox_aio_client_dispatch(client, 0), 0);
    for (int i = 0; i < 3; i++)
        drukbox_aio_host_list(client, NULL, count, &calls);
    wait_due(client, 3);
    ck_assert(readable(client, 0) && calls == 0);
    ck_assert_uint_eq(drukbox_aio_client_dispatch(client, 1), 1);
    ck_assert(readable(client, 0) && calls == 1);
    ck_assert_uint_eq(drukbox_aio_client_dispatch(client, 0), 2);
    ck_assert(!readable(client, 0) && calls == 3);
    ck_assert_int_eq((int)drukbox_aio_client_attach(client, on_detached, &detached, &error), (int)BOXD_OK);
    ck_assert_int_eq((int)drukbox_aio_client_attach(client, on_detached, &detached, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    drukbox_aio_client_detach(client);
    drukbox_aio_client_detach(client);
    ck_assert_int_eq(detached, 1);
    /* What is due runs in the blocking close, on this thread. */
    drukbox_aio_host_list(client, NULL, count, &calls);
    wait_due(client, 1);
    ck_assert_int_eq((int)drukbox_client_close(client), (int)BOXD_OK);
    ck_assert_int_eq(calls, 4);
    /* On the client's own thread there is nothing to dispatch. */
    drukbox_open(DRUKBOX_CALLBACKS, NULL);
    ck_assert(drukbox_aio_client_fd(client) == -1 && drukbox_aio_client_dispatch(client, 0) == 0);
    ck_assert_int_eq((int)drukbox_aio_client_attach(client, on_detached, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    drukbox_close(client);
}
END_TEST

/* ---- one service after another ---- */

/* What one client is told is not told another's service. */
START_TEST(two_services)
{
    emulator_process other;
    boxd_error error = BOXD_ERROR_INIT;
    emulator_start(&other, (const char *const[]){"--drukbox-token", "another-token", NULL});
    drukbox_open(_i, NULL);
    drukbox_host *host = drukbox_make_host();
    drukbox_client *first = client;
    client = drukbox_open_another(
        BOXD_OPTIONS(drukbox_client_options, .base_url = other.drukbox_url, .token = "another-token"));
    ck_assert_ptr_null(try_host_get(host->id, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "host not found");
    drukbox_close(client);
    client = first;
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    drukbox_host_free(host);
    drukbox_close(client);
    emulator_stop(&other);
}
END_TEST

static void add_once(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

int main(int argc, char **argv)
{
    static const char *const blocking[] = {"drukbox_client_close"};
    if (e2e_list_blocking(argc, argv, blocking, 1))
        return 0;
    Suite *suite = suite_create("drukbox_client");
    drukbox_add(suite, from_arguments);
    drukbox_add(suite, from_the_environment);
    add_once(suite, not_opened);
    drukbox_add(suite, closed_twice);
    drukbox_add(suite, closed_with_many);
    drukbox_add(suite, closed_in_a_callback);
    drukbox_add(suite, closed_by_many);
    drukbox_add(suite, used_by_many);
    add_once(suite, due);
    drukbox_add(suite, two_services);
    return drukbox_main(suite, NULL);
}
