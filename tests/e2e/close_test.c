/*
 * The end of a client: blocking and async, with calls and handles of every kind still there, inside
 * callbacks, and from several threads at once. After it no callback runs, and every callback has run.
 */
#include "e2e.h"

#include <pthread.h>

/* An async close, and what it is told. */
typedef struct closing {
    boxd_compute *compute;
    atomic_int calls;
    boxd_status status, blocking;
} closing;

static void on_closed(boxd_status status, const boxd_error *error, void *user)
{
    closing *c = user;
    ck_assert_ptr_null(error);
    c->status = status;
    callbacks_leave(c->compute);
    callbacks_count(&c->calls);
}

/* ---- with calls in flight ---- */

typedef struct flight {
    atomic_int landed, wrong;
} flight;

static void on_flown(boxd_exec_result *result, const boxd_error *error, void *user)
{
    flight *f = user;
    if (result || error->status != BOXD_ERR_CLOSED)
        atomic_fetch_add(&f->wrong, 1);
    boxd_exec_result_free(result);
    atomic_fetch_add(&f->landed, 1);
}

START_TEST(close_in_flight)
{
    enum { N = 50 };
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    flight f = {0};
    for (int i = 0; i < N; i++)
        boxd_aio_box_exec(box, BOXD_ARGV("sleep", "1000"), NULL, on_flown, &f);
    e2e_close();
    ck_assert_int_eq(atomic_load(&f.landed), N);
    ck_assert_int_eq(atomic_load(&f.wrong), 0);
    /* the handle outlives its client */
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_nonnull(boxd_box_id(box));
    ck_assert_int_eq((int)boxd_box_stop(box, NULL, &error), (int)BOXD_ERR_CLOSED);
    e2e_expect(&error, BOXD_ERR_CLOSED, "boxd_compute_open()");
    boxd_aio_box_exec(box, BOXD_ARGV("true"), NULL, on_flown, &f);
    ck_assert_int_eq(atomic_load(&f.landed), N + 1);
    ck_assert_int_eq(atomic_load(&f.wrong), 0);
    boxd_box_free(box);
}
END_TEST

static void *call_until_closed(void *data)
{
    boxd_compute *mine = data;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who;
    while ((who = boxd_compute_whoami(mine, NULL, &error)))
        boxd_identity_free(who);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)boxd_compute_close(mine), (int)BOXD_OK);
    return NULL;
}

/* Two threads with a reference each call while a third closes. */
START_TEST(close_beside_calls)
{
    e2e_open(_i, NULL);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, call_until_closed, boxd_compute_ref(compute));
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(never_used)
{
    e2e_open(_i, NULL); /* opening does no I/O, closing at once is fine */
    e2e_close();
}
END_TEST

/* ---- inside callbacks ---- */

/* The test's client is closed by itself. */
static void give_away(closing *c)
{
    c->compute = compute;
    compute = NULL;
}

static void wait_closed(closing *c)
{
    callbacks_wait(&c->calls, 1);
    e2e_close();
    ck_assert_int_eq((int)c->status, (int)BOXD_OK);
    ck_assert_int_eq(c->calls, 1);
}

static void close_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    closing *c = user;
    (void)error;
    boxd_identity_free(who);
    boxd_aio_compute_close(c->compute, on_closed, c);
}

START_TEST(close_in_a_callback)
{
    closing c = {0};
    e2e_open(_i, NULL);
    give_away(&c);
    boxd_aio_compute_whoami(c.compute, NULL, close_inside, &c);
    wait_closed(&c);
}
END_TEST

static void close_blocking_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    closing *c = user;
    (void)error;
    boxd_identity_free(who);
    c->blocking = boxd_compute_close(boxd_compute_ref(c->compute));
    boxd_aio_compute_close(c->compute, on_closed, c);
}

START_TEST(blocking_close_in_a_callback)
{
    closing c = {0};
    e2e_open(_i, NULL);
    give_away(&c);
    boxd_aio_compute_whoami(c.compute, NULL, close_blocking_inside, &c);
    wait_closed(&c);
    ck_assert_int_eq((int)c.blocking, (int)BOXD_ERR_WOULD_DEADLOCK);
}
END_TEST

/* Each of several callbacks closes in its error path: one close is meant, the others wait for the same end.
 */
typedef struct closers {
    closing end;
    atomic_int asked, closed;
} closers;

static void on_one_closed(boxd_status status, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    if (atomic_fetch_add(&c->closed, 1) + 1 == atomic_load(&c->asked))
        on_closed(status, error, &c->end);
}

static void close_on_error(boxd_box *box, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert(!box && error);
    atomic_fetch_add(&c->asked, 1);
    boxd_aio_compute_close(c->end.compute, on_one_closed, c);
}

START_TEST(closed_by_each_callback)
{
    closers c = {0};
    e2e_open(_i, NULL);
    give_away(&c.end);
    for (int i = 0; i < 8; i++)
        boxd_aio_box_get(c.end.compute, "none-such", NULL, close_on_error, &c);
    wait_closed(&c.end);
    ck_assert_int_eq(atomic_load(&c.closed), 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("close");
    e2e_add(suite, close_in_flight);
    e2e_add(suite, close_beside_calls);
    e2e_add(suite, never_used);
    e2e_add(suite, close_in_a_callback);
    e2e_add(suite, blocking_close_in_a_callback);
    e2e_add(suite, closed_by_each_callback);
    return e2e_main(suite, NULL);
}
