/* What holds for every call: deadlines, cancel tokens, retries, close, and no blocking inside a callback. */
#include "e2e.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- deadlines ---- */

START_TEST(deadline)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = 80;
    emulator_fault(&emulator, "{\"rpc\":\"StopVm\",\"hang\":true,\"count\":1}");
    ck_assert_int_eq((int)on->box_stop(box, &call, &error), (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "StopVm of box \"");
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "80 ms; it may have been sent");
    ck_assert_int_ne((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert(!error.retryable);
    emulator_clear_faults(&emulator);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.timeout_ms = 80;
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("sleep", "1000"), &options, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "the command in box \"");
    options.call.timeout_ms = 60000; /* a deadline that is not reached */
    boxd_exec_result *result = on->box_exec(box, BOXD_ARGV("true"), &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    call.timeout_ms = -2;
    ck_assert_ptr_null(on->box_list(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "timeout_ms is -2");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The deadline covers the token exchange too. */
START_TEST(deadline_of_exchange)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = 80;
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"hang\":true,\"count\":1}");
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "it was not sent");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- cancel ---- */

typedef struct canceller {
    const char *box_id;
    boxd_cancel_token *token;
} canceller;

/* Fires the token once the command has made its file: on a client of its own, since the first one is busy. */
static void *cancel_when_running(void *data)
{
    const canceller *c = data;
    boxd_compute *own = boxd_compute_open(NULL, NULL);
    boxd_box *box = boxd_box_get(own, c->box_id, NULL, NULL);
    boxd_file_data *made;
    while (!(made = boxd_box_read_file(box, "/tmp/running", NULL, NULL)))
        continue;
    boxd_file_data_free(made);
    boxd_cancel_token_cancel(c->token);
    boxd_box_free(box);
    boxd_compute_close(own);
    return NULL;
}

START_TEST(cancel)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_cancel_token *token = boxd_cancel_token_new();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.cancel = token;
    boxd_exec_result *result =
        on->box_exec(box, BOXD_ARGV("true"), &options, &error); /* one token, many calls */
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    ck_assert(!boxd_cancel_token_is_cancelled(token));
    pthread_t thread;
    canceller c = {boxd_box_id(box), token};
    pthread_create(&thread, NULL, cancel_when_running, &c);
    ck_assert_ptr_null(on->box_exec_shell(box, "touch /tmp/running; sleep 1000", &options, &error));
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    pthread_join(thread, NULL);
    ck_assert(boxd_cancel_token_is_cancelled(token));
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), &options, &error)); /* fired before */
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_cancel_token_cancel(token);
    boxd_cancel_token_free(token);
    boxd_cancel_token_cancel(NULL);
    boxd_cancel_token_free(NULL);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- retries ---- */

START_TEST(reads_are_tried_again)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":14,\"message\":\"back soon\",\"count\":2}");
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":14,\"message\":\"gone for good\",\"count\":3}");
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, "gone for good");
    ck_assert(error.retryable);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

START_TEST(writes_are_not)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator, "{\"rpc\":\"CreateVm\",\"code\":14,\"message\":\"too bad\",\"count\":1}");
    ck_assert_ptr_null(on->box_create(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, "too bad");
    ck_assert_int_eq(error.grpc_code, 14);
    ck_assert(!error.retryable && error.sent != BOXD_SENT_NO);
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVm", 1), 1);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- close ---- */

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
    ck_assert_int_eq((int)SURFACES[0].box_stop(box, NULL, &error), (int)BOXD_ERR_CLOSED);
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

typedef struct chain {
    boxd_compute *compute;
    boxd_status status;
    boxd_error error;
    int closed; /* lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
} chain;

static void on_chain_closed(boxd_status status, const boxd_error *error, void *user)
{
    chain *c = user;
    (void)error;
    pthread_mutex_lock(&c->lock);
    c->status = status;
    c->closed = 1;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void close_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    chain *c = user;
    (void)error;
    boxd_identity_free(who);
    boxd_aio_compute_close(c->compute, on_chain_closed, c);
}

static void wait_closed(chain *c)
{
    if (on->dispatch == BOXD_DISPATCH_MANUAL) { /* else the client may be gone already */
        int closed = 0;
        while (!closed) {
            struct pollfd readable = {.fd = boxd_aio_fd(c->compute), .events = POLLIN};
            poll(&readable, 1, -1);
            while (!closed && boxd_aio_dispatch(c->compute, 1) > 0)
                closed = c->closed;
        }
        return;
    }
    pthread_mutex_lock(&c->lock);
    while (!c->closed)
        pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

START_TEST(close_in_a_callback)
{
    e2e_open(_i, NULL);
    chain c = {.compute = compute, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    compute = NULL;
    boxd_aio_compute_whoami(c.compute, NULL, close_inside, &c);
    wait_closed(&c);
    ck_assert_int_eq((int)c.status, (int)BOXD_OK);
}
END_TEST

static void close_blocking_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    chain *c = user;
    (void)error;
    boxd_identity_free(who);
    c->status = boxd_compute_close(boxd_compute_ref(c->compute));
    boxd_aio_compute_close(c->compute, on_chain_closed, &c[1]);
}

START_TEST(blocking_close_in_a_callback)
{
    e2e_open(_i, NULL);
    chain c[2] = {
        {.compute = compute},
        {.compute = compute, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}};
    compute = NULL;
    boxd_aio_compute_whoami(c[0].compute, NULL, close_blocking_inside, c);
    wait_closed(&c[1]);
    ck_assert_int_eq((int)c[0].status, (int)BOXD_ERR_WOULD_DEADLOCK);
    ck_assert_int_eq((int)c[1].status, (int)BOXD_OK);
}
END_TEST

/* Each of several callbacks closes in its error path: one close is meant, the others wait for the same end.
 */
typedef struct closers {
    boxd_compute *compute;
    atomic_int asked, closed;
    chain end;
} closers;

static void on_one_closed(boxd_status status, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    if (atomic_fetch_add(&c->closed, 1) + 1 == atomic_load(&c->asked))
        on_chain_closed(status, error, &c->end);
}

static void close_on_error(boxd_box *box, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert(!box && error);
    atomic_fetch_add(&c->asked, 1);
    boxd_aio_compute_close(c->compute, on_one_closed, c);
}

START_TEST(closed_by_each_callback)
{
    e2e_open(_i, NULL);
    closers c = {
        .compute = compute,
        .end = {.compute = compute, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}};
    compute = NULL;
    for (int i = 0; i < 8; i++)
        boxd_aio_box_get(c.compute, "none-such", NULL, close_on_error, &c);
    wait_closed(&c.end);
    ck_assert_int_eq(atomic_load(&c.closed), 8);
}
END_TEST

START_TEST(never_used)
{
    e2e_open(_i, NULL); /* opening does no I/O, closing at once is fine */
    e2e_close();
}
END_TEST

/* A callback may be NULL: the result is freed. */
START_TEST(no_callback)
{
    e2e_open(_i, NULL);
    boxd_aio_box_create(compute, NULL, NULL, NULL);
    boxd_aio_box_list(compute, NULL, NULL, NULL);
    boxd_aio_box_get(compute, "none-such", NULL, NULL, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
}
END_TEST

/* A blocking call needs no dispatch, also with manual dispatch. */
START_TEST(blocking_with_manual_dispatch)
{
    e2e_open(2, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = boxd_compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    ck_assert_uint_eq(boxd_aio_dispatch(compute, 0), 0);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    e2e_add(suite, deadline);
    e2e_add(suite, deadline_of_exchange);
    e2e_add(suite, cancel);
    e2e_add(suite, reads_are_tried_again);
    e2e_add(suite, writes_are_not);
    e2e_add(suite, close_in_flight);
    e2e_add(suite, close_beside_calls);
    e2e_add(suite, close_in_a_callback);
    e2e_add(suite, blocking_close_in_a_callback);
    e2e_add(suite, closed_by_each_callback);
    e2e_add(suite, never_used);
    e2e_add(suite, no_callback);
    e2e_add_once(suite, blocking_with_manual_dispatch);
    return e2e_main(suite, NULL);
}
