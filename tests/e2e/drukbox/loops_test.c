/*
 * A Drukbox client on an event loop of the program, beside a client of boxd: the callbacks of both run on
 * the loop, and the loop ends when both clients have ended.
 */
#include "drukbox_case.h"
#include "loops/loop_kind.h"

#include <boxd/adapters/glib.h>
#include <boxd/adapters/libev.h>
#include <boxd/adapters/libevent.h>
#include <boxd/adapters/libuv.h>
#include <boxd/adapters/qt.h>
#include <boxd/adapters/sdevent.h>
#include <boxd/boxd.h>
#include <drukbox/adapters/glib.h>
#include <drukbox/adapters/libev.h>
#include <drukbox/adapters/libevent.h>
#include <drukbox/adapters/libuv.h>
#include <drukbox/adapters/qt.h>
#include <drukbox/adapters/sdevent.h>

#include <boxd/aio.h>
#include <pthread.h>

typedef struct loop_row {
    const loop_kind *kind;
    boxd_status (*attach)(drukbox_client *hosts, void *handle, boxd_error *error);
    boxd_status (*attach_boxes)(boxd_compute *boxes, void *handle, boxd_error *error);
} loop_row;

#define ATTACH(name, NAME)                                                                                   \
    static boxd_status attach_##name(drukbox_client *hosts, void *handle, boxd_error *error)                 \
    {                                                                                                        \
        return drukbox_##name##_attach(hosts, handle, error);                                                \
    }                                                                                                        \
    static boxd_status attach_boxes_##name(boxd_compute *boxes, void *handle, boxd_error *error)             \
    {                                                                                                        \
        return boxd_##name##_attach(boxes, handle, error);                                                   \
    }
LOOP_ADAPTERS(ATTACH)

#define ROW(name, NAME) {&LOOP_##NAME, attach_##name, attach_boxes_##name},
static const loop_row LOOPS[] = {LOOP_ADAPTERS(ROW)};

/* Each client makes one call, and closes in its callback. */
typedef struct job {
    pthread_t loop_thread;
    drukbox_client *hosts;
    boxd_compute *boxes;
    int called, closed;
    const loop_kind *kind;
    void *loop;
} job;

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    job *j = data;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    ck_assert_ptr_null(error);
    ck_assert(pthread_equal(pthread_self(), j->loop_thread));
    if (++j->closed == 2)
        j->kind->quit(j->loop); /* some loops do not end by themselves */
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

START_TEST(clients_of_both)
{
    const loop_row *row = &LOOPS[_i];
    boxd_error error = BOXD_ERROR_INIT;
    job j;
    begin(&j);
    j.kind = row->kind;
    j.loop = j.kind->open();
    e2e_ok(row->attach(j.hosts, j.kind->handle(j.loop), &error) == BOXD_OK, error);
    e2e_ok(row->attach_boxes(j.boxes, j.kind->handle(j.loop), &error) == BOXD_OK, error);
    submit(&j);
    j.kind->run(j.loop);
    check_end(&j);
    j.kind->close(j.loop);
}
END_TEST

/* Each refusal says what is wrong, and does not affect the client. */
START_TEST(refusals)
{
    const loop_row *row = &LOOPS[_i];
    boxd_error error = BOXD_ERROR_INIT;
    void *loop = row->kind->open(), *handle = row->kind->handle(loop);
    drukbox_client *plain = drukbox_client_open_from_env(NULL, NULL, &error);
    e2e_ok(plain, error);
    ck_assert_int_eq((int)row->attach(plain, handle, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "BOXD_DISPATCH_MANUAL");
    ck_assert_int_eq((int)row->attach(NULL, handle, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the client is NULL");
    drukbox_client_close(plain);

    drukbox_client *manual = drukbox_client_open_from_env(
        NULL, BOXD_OPTIONS(drukbox_client_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    e2e_ok(manual, error);
    e2e_ok(row->attach(manual, handle, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)row->attach(manual, handle, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    drukbox_client_close(manual);
    row->kind->turn(loop, false); /* libuv has a handle to close */
    row->kind->close(loop);
}
END_TEST

static void add(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test, 0, COUNT(LOOPS));
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("drukbox_loops");
    add(suite, clients_of_both);
    add(suite, refusals);
    return drukbox_main(suite, NULL);
}
