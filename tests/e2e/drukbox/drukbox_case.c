/* Helpers of every Drukbox test: clients on each surface, and hosts. */
#include "drukbox_case.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>

enum { PATIENCE_MS = 60000, MAX_OPTIONS = 24 };

drukbox_surface on_surface;
drukbox_client *client;
const boxd_call_options *call_options;
const char *const surface_names[] = {"sync", "callbacks", "epoll"};

/* ---- outcomes ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t dispatching; /* the test's own thread, with manual dispatch */

void outcome_set(outcome *o, void *result, const boxd_error *error)
{
    if (on_surface == DRUKBOX_EPOLL)
        ck_assert(pthread_equal(pthread_self(), dispatching));
    pthread_mutex_lock(&lock);
    o->result = result;
    if (error)
        o->error = *error;
    atomic_fetch_add(&o->calls, 1);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void outcome_on_done(boxd_status status, const boxd_error *error, void *o)
{
    ck_assert_int_eq((int)status, (int)(error ? error->status : BOXD_OK));
    outcome_set(o, NULL, error);
}

void outcome_wait(drukbox_client *c, outcome *o)
{
    if (on_surface == DRUKBOX_EPOLL) {
        while (atomic_load(&o->calls) == 0) { /* otherwise `c` may have ended */
            struct pollfd p = {.fd = drukbox_aio_client_fd(c), .events = POLLIN};
            ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
            drukbox_aio_client_dispatch(c, 0);
        }
    } else {
        pthread_mutex_lock(&lock);
        while (atomic_load(&o->calls) == 0)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    ck_assert_int_eq(atomic_load(&o->calls), 1);
}

/* The outcome of a call: a result, or an error. */
static void *end_of(outcome *o, boxd_error *error)
{
    outcome_wait(client, o);
    ck_assert((o->result == NULL) == (o->error.status != BOXD_OK));
    if (o->error.status != BOXD_OK)
        *error = o->error;
    return o->result;
}

static boxd_status end_of_done(outcome *o, boxd_error *error)
{
    outcome_wait(client, o);
    if (o->error.status != BOXD_OK)
        *error = o->error;
    return o->error.status;
}

/* ---- operations ---- */

#define UNPACK(...) __VA_ARGS__

#define DEFINE_RESULT(type, name, parameters, arguments)                                                     \
    static void on_##name(type *result, const boxd_error *error, void *data)                                 \
    {                                                                                                        \
        outcome_set(data, result, error);                                                                    \
    }                                                                                                        \
    type *try_##name parameters                                                                              \
    {                                                                                                        \
        outcome o = {.error = BOXD_ERROR_INIT};                                                              \
        if (on_surface == DRUKBOX_SYNC)                                                                      \
            return drukbox_##name(client, UNPACK arguments, error);                                          \
        drukbox_aio_##name(client, UNPACK arguments, on_##name, &o);                                         \
        return end_of(&o, error);                                                                            \
    }

#define DEFINE_STATUS(name, parameters, arguments)                                                           \
    boxd_status try_##name parameters                                                                        \
    {                                                                                                        \
        outcome o = {.error = BOXD_ERROR_INIT};                                                              \
        if (on_surface == DRUKBOX_SYNC)                                                                      \
            return drukbox_##name(client, UNPACK arguments, error);                                          \
        drukbox_aio_##name(client, UNPACK arguments, outcome_on_done, &o);                                   \
        return end_of_done(&o, error);                                                                       \
    }

DRUKBOX_RESULTS(DEFINE_RESULT)
DRUKBOX_STATUSES(DEFINE_STATUS)

/* ---- clients ---- */

drukbox_client *drukbox_open_another(const drukbox_client_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_client_options known = DRUKBOX_CLIENT_OPTIONS_INIT;
    if (options)
        known = *options;
    if (on_surface == DRUKBOX_EPOLL)
        known.dispatch = BOXD_DISPATCH_MANUAL;
    drukbox_client *c = drukbox_client_open_from_env(NULL, &known, &error);
    e2e_ok(c, error);
    return c;
}

drukbox_client *drukbox_open_port(int port, int64_t timeout_ms)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    return drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN,
                                             .step_timeout_ms = timeout_ms));
}

void drukbox_on(int i)
{
    on_surface = (drukbox_surface)i;
    dispatching = pthread_self();
}

void drukbox_open(int i, const drukbox_client_options *options)
{
    drukbox_on(i);
    client = drukbox_open_another(options);
}

void drukbox_close(drukbox_client *c)
{
    outcome o = {.error = BOXD_ERROR_INIT};
    if (on_surface == DRUKBOX_SYNC) {
        ck_assert_int_eq((int)drukbox_client_close(c), (int)BOXD_OK);
        return;
    }
    drukbox_aio_client_close(c, outcome_on_done, &o);
    outcome_wait(c, &o);
}

drukbox_host *drukbox_make_host(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_host *host = try_host_create(NULL, &error);
    e2e_ok(host, error);
    return host;
}

/* ---- programs ---- */

static void add_from(Suite *suite, const TTest *test, drukbox_surface first)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, test, (int)first, DRUKBOX_SURFACES);
}

void drukbox_add(Suite *suite, const TTest *test)
{
    add_from(suite, test, DRUKBOX_SYNC);
}

void drukbox_add_async(Suite *suite, const TTest *test)
{
    add_from(suite, test, DRUKBOX_CALLBACKS);
}

int drukbox_main(Suite *suite, const char *const *options)
{
    const char *all[MAX_OPTIONS] = {"--drukbox-token", TEST_TOKEN};
    for (size_t count = 2; options && *options && count + 1 < MAX_OPTIONS; count++)
        all[count] = *options++;
    return e2e_main(suite, all);
}
