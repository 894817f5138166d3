/*
 * A Drukbox client on an event loop of the program, beside a client of boxd: the callbacks of both run on
 * the loop, and the loop ends when both clients have ended.
 */
#include "drukbox_case.h"

#include <boxd/adapters/glib.h>
#include <boxd/adapters/libevent.h>
#include <boxd/adapters/libuv.h>
#include <boxd/boxd.h>
#include <drukbox/adapters/glib.h>
#include <drukbox/adapters/libevent.h>
#include <drukbox/adapters/libuv.h>

#include <boxd/aio.h>
#include <event2/event.h>
#include <glib.h>
#include <pthread.h>
#include <uv.h>

/* Each client makes one call, and closes in its callback. */
typedef struct job {
    pthread_t loop_thread;
    drukbox_client *hosts;
    boxd_compute *boxes;
    int called, closed;
    /* The loop of GLib does not end by itself. */
    GMainLoop *main_loop;
} job;

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    job *j = data;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    ck_assert_ptr_null(error);
    ck_assert(pthread_equal(pthread_self(), j->loop_thread));
    if (++j->closed == 2 && j->main_loop)
        g_main_loop_quit(j->main_loop);
}

static void on_hosts(drukbox_hosts *hosts, const boxd_error *error, void *data)
{
    job *j = data;
    ck_assert_msg(hosts, "%s", error ? error->message : "");
    ck_assert(pthread_equal(pthread_self(), j->loop_thread));
    drukbox_hosts_free(hosts);
    j->called++;
    drukbox_aio_client_close(j->hosts, on_closed, j);
}

static void on_identity(boxd_identity *who, const boxd_error *error, void *data)
{
    job *j = data;
    ck_assert_msg(who, "%s", error ? error->message : "");
    ck_assert(pthread_equal(pthread_self(), j->loop_thread));
    boxd_identity_free(who);
    j->called++;
    boxd_aio_compute_close(j->boxes, on_closed, j);
}

static void begin(job *j)
{
    boxd_error error = BOXD_ERROR_INIT;
    *j = (job){.loop_thread = pthread_self()};
    j->hosts = drukbox_client_open_from_env(
        NULL, BOXD_OPTIONS(drukbox_client_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    e2e_ok(j->hosts, error);
    j->boxes =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    e2e_ok(j->boxes, error);
}

static void submit(job *j)
{
    drukbox_aio_host_list(j->hosts, NULL, on_hosts, j);
    boxd_aio_compute_whoami(j->boxes, NULL, on_identity, j);
}

static void check_end(const job *j)
{
    ck_assert_int_eq(j->called, 2);
    ck_assert_int_eq(j->closed, 2);
}

START_TEST(libuv)
{
    boxd_error error = BOXD_ERROR_INIT;
    uv_loop_t loop;
    job j;
    begin(&j);
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    e2e_ok(drukbox_libuv_attach(j.hosts, &loop, &error) == BOXD_OK, error);
    e2e_ok(boxd_libuv_attach(j.boxes, &loop, &error) == BOXD_OK, error);
    submit(&j);
    uv_run(&loop, UV_RUN_DEFAULT);
    check_end(&j);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

START_TEST(libevent)
{
    boxd_error error = BOXD_ERROR_INIT;
    struct event_base *loop = event_base_new();
    job j;
    begin(&j);
    e2e_ok(drukbox_libevent_attach(j.hosts, loop, &error) == BOXD_OK, error);
    e2e_ok(boxd_libevent_attach(j.boxes, loop, &error) == BOXD_OK, error);
    submit(&j);
    event_base_dispatch(loop);
    check_end(&j);
    event_base_free(loop);
}
END_TEST

START_TEST(glib)
{
    boxd_error error = BOXD_ERROR_INIT;
    job j;
    begin(&j);
    j.main_loop = g_main_loop_new(NULL, FALSE);
    e2e_ok(drukbox_glib_attach(j.hosts, NULL, &error) == BOXD_OK, error);
    e2e_ok(boxd_glib_attach(j.boxes, NULL, &error) == BOXD_OK, error);
    submit(&j);
    g_main_loop_run(j.main_loop);
    check_end(&j);
    g_main_loop_unref(j.main_loop);
}
END_TEST

/* Each refusal says what is wrong, and does not affect the client. */
START_TEST(refusals)
{
    boxd_error error = BOXD_ERROR_INIT;
    uv_loop_t loop;
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    drukbox_client *plain = drukbox_client_open_from_env(NULL, NULL, &error);
    e2e_ok(plain, error);
    ck_assert_int_eq((int)drukbox_libuv_attach(plain, &loop, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "BOXD_DISPATCH_MANUAL");
    ck_assert_int_eq((int)drukbox_libuv_attach(NULL, &loop, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the client is NULL");
    drukbox_client_close(plain);

    drukbox_client *manual = drukbox_client_open_from_env(
        NULL, BOXD_OPTIONS(drukbox_client_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    e2e_ok(manual, error);
    e2e_ok(drukbox_libuv_attach(manual, &loop, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)drukbox_libuv_attach(manual, &loop, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    drukbox_client_close(manual);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_loops");
    e2e_add_once(suite, libuv);
    e2e_add_once(suite, libevent);
    e2e_add_once(suite, glib);
    e2e_add_once(suite, refusals);
    return drukbox_main(suite, NULL);
}
