/*
 * Rules for every operation: tokens, timeouts; a client that is closed, NULL, or the parent's; a NULL
 * callback; no blocking inside callbacks. `--list-blocking` prints the blocking functions that the test
 * calls.
 */
#include "child.h"
#include "operations.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANGS "{\"http\":\"drukbox\",\"hang\":true}"

static boxd_call_options call = BOXD_CALL_OPTIONS_INIT;

/* ---- tokens and timeouts ---- */

/* Runs on a thread beside the call: waits until the service has the request. */
static void *fire_when_there(void *token)
{
    while (emulator_faults_left(&emulator) > 0)
        continue;
    boxd_cancel_token_cancel(token);
    return NULL;
}

static void check_ended(const drukbox_operation *o, const boxd_error *error, boxd_sent sent)
{
    ck_assert_msg(strstr(error->message, o->request), "%s: %s", o->function, error->message);
    ck_assert_int_eq((int)error->sent, (int)sent);
    ck_assert_int_eq(error->http_status, 0);
    if (sent == BOXD_SENT_UNKNOWN)
        ck_assert((strstr(error->message, "it may have had its effect") == NULL) == o->repeatable);
}

START_TEST(cancelled)
{
    call_options = &call;
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        boxd_error error = BOXD_ERROR_INIT;
        pthread_t thread;
        call.cancel = boxd_cancel_token_new();
        emulator_fault(&emulator, HANGS);
        pthread_create(&thread, NULL, fire_when_there, call.cancel);
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_CANCELLED);
        check_ended(o, &error, BOXD_SENT_UNKNOWN);
        ck_assert(!error.retryable);
        pthread_join(thread, NULL);
        error = (boxd_error)BOXD_ERROR_INIT; /* the same token again: it was fired before */
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_CANCELLED);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        boxd_cancel_token_free(call.cancel);
    }
    drukbox_close(client);
}
END_TEST

START_TEST(timed_out)
{
    call_options = &call;
    call.timeout_ms = 20;
    drukbox_open(_i, NULL);
    emulator_fault(&emulator, "{\"http\":\"drukbox\",\"hang\":true,\"count\":-1}");
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_TIMEOUT);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "no answer within 20 ms");
        if (error.sent == BOXD_SENT_UNKNOWN) {
            check_ended(o, &error, BOXD_SENT_UNKNOWN);
            ck_assert(error.retryable == o->repeatable);
        }
    }
    emulator_clear_faults(&emulator);
    call.timeout_ms = BOXD_NO_TIMEOUT;
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_doctor_report *report = try_client_doctor(&error); /* the client is still usable */
    e2e_ok(report, error);
    drukbox_doctor_report_free(report);
    drukbox_close(client);
}
END_TEST

/* The timeout of the client limits each step, and has another class. */
START_TEST(nothing_comes)
{
    drukbox_open(_i, BOXD_OPTIONS(drukbox_client_options, .step_timeout_ms = 30));
    emulator_fault(&emulator, "{\"http\":\"drukbox\",\"hang\":true,\"count\":-1}");
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_UNAVAILABLE);
        e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "Sandbox service transport failed: ");
        if (error.sent == BOXD_SENT_UNKNOWN)
            check_ended(o, &error, BOXD_SENT_UNKNOWN);
        ck_assert(error.retryable == (o->repeatable || error.sent == BOXD_SENT_NO));
    }
    emulator_clear_faults(&emulator);
    drukbox_close(client);
}
END_TEST

static void note_identity(boxd_identity *who, const boxd_error *error, void *data)
{
    boxd_identity_free(who);
    outcome_set(data, NULL, error);
}

static void note_report(drukbox_doctor_report *report, const boxd_error *error, void *data)
{
    drukbox_doctor_report_free(report);
    outcome_set(data, NULL, error);
}

/* One token for calls of both products. */
START_TEST(one_token)
{
    outcome ours = {.error = BOXD_ERROR_INIT}, theirs = {.error = BOXD_ERROR_INIT};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    boxd_compute *boxd =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = on_surface == DRUKBOX_EPOLL
                                                                             ? BOXD_DISPATCH_MANUAL
                                                                             : BOXD_DISPATCH_CORE_THREAD),
                          &error);
    e2e_ok(boxd, error);
    call.cancel = boxd_cancel_token_new();
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    emulator_fault(&emulator, HANGS);
    boxd_aio_compute_whoami(boxd, &call, note_identity, &theirs);
    drukbox_aio_client_doctor(client, &call, note_report, &ours);
    fire_when_there(call.cancel);
    boxd_cancel_token_free(call.cancel);
    outcome_wait(client, &ours);
    ck_assert_int_eq((int)boxd_compute_close(boxd), (int)BOXD_OK);
    ck_assert_int_eq(theirs.calls, 1);
    ck_assert_int_eq((int)ours.error.status, (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)theirs.error.status, (int)BOXD_ERR_CANCELLED);
    drukbox_close(client);
}
END_TEST

/* ---- NULL clients ---- */

START_TEST(null_client)
{
    drukbox_open(_i, NULL);
    drukbox_client *good = client;
    client = NULL;
    on_surface = on_surface == DRUKBOX_EPOLL ? DRUKBOX_CALLBACKS : on_surface; /* called at once */
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        e2e_refused(drukbox_operations[i].run(&error), &error, "drukbox_client_open()");
    }
    on_surface = (drukbox_surface)_i;
    drukbox_close(good);
    outcome o = {.error = BOXD_ERROR_INIT};
    boxd_counters counters = BOXD_COUNTERS_INIT;
    counters.calls = 7;
    drukbox_aio_client_close(NULL, outcome_on_done, &o);
    ck_assert_int_eq(o.calls, 1);
    ck_assert_int_eq((int)drukbox_client_close(NULL), (int)BOXD_OK);
    ck_assert_ptr_null(drukbox_client_ref(NULL));
    drukbox_client_get_counters(NULL, &counters);
    ck_assert_uint_eq(counters.calls, 0);
    drukbox_client_get_counters(NULL, NULL);
    ck_assert(drukbox_aio_client_fd(NULL) == -1 && drukbox_aio_client_dispatch(NULL, 0) == 0);
    drukbox_aio_client_detach(NULL);
}
END_TEST

START_TEST(closed_client)
{
    drukbox_open(_i, NULL);
    drukbox_client *kept = drukbox_client_ref(client);
    ck_assert_ptr_eq(kept, client);
    drukbox_close(client);
    on_surface =
        on_surface == DRUKBOX_EPOLL ? DRUKBOX_CALLBACKS : on_surface; /* the client has ended: at once */
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq((int)drukbox_operations[i].run(&error), (int)BOXD_ERR_CLOSED);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    ck_assert_int_eq((int)drukbox_client_close(kept), (int)BOXD_OK);
}
END_TEST

static void *close_when_there(void *other)
{
    while (emulator_faults_left(&emulator) > 0)
        continue;
    drukbox_aio_client_close(other, NULL, NULL);
    return NULL;
}

/* Closes the client in the middle of each operation, through another reference. */
START_TEST(closed_meanwhile)
{
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        boxd_error error = BOXD_ERROR_INIT;
        pthread_t thread;
        drukbox_open(_i, NULL);
        emulator_fault(&emulator, HANGS);
        pthread_create(&thread, NULL, close_when_there, drukbox_client_ref(client));
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_CLOSED);
        check_ended(o, &error, BOXD_SENT_UNKNOWN);
        pthread_join(thread, NULL);
        drukbox_close(client);
    }
}
END_TEST

/* ---- no callback ---- */

/* A NULL callback: the result is freed, whatever it is. The close waits for all calls. */
START_TEST(no_callback)
{
    const char *const *headers = BOXD_ARGV("A=b");
    drukbox_open(_i, NULL);
    drukbox_aio_host_create(client, NULL, NULL, NULL);
    drukbox_aio_host_get(client, "x", NULL, NULL, NULL);
    drukbox_aio_host_attach(client, NULL, NULL, NULL, NULL);
    drukbox_aio_host_list(client, NULL, NULL, NULL);
    drukbox_aio_host_delete(client, "x", NULL, NULL, NULL);
    drukbox_aio_host_renew(client, "x", NULL, NULL, NULL);
    drukbox_aio_host_refresh_secret(client, "x", "y", NULL, NULL, NULL);
    drukbox_aio_client_doctor(client, NULL, NULL, NULL);
    drukbox_aio_http_proxy_create(client, "none-such", "http://h", headers, NULL, NULL, NULL);
    drukbox_aio_http_proxy_delete(client, "none-such", NULL, NULL, NULL);
    drukbox_aio_http_proxy_attach(client, "x", "y", NULL, NULL, NULL);
    drukbox_aio_http_proxy_detach(client, "x", "y", NULL, NULL, NULL);
    drukbox_aio_template_create(client, "echo", NULL, NULL, NULL);
    drukbox_aio_template_get(client, "x", NULL, NULL, NULL);
    drukbox_aio_template_list(client, NULL, NULL, NULL);
    drukbox_aio_template_delete(client, "x", NULL, NULL, NULL);
    drukbox_aio_service_account_create(client, "no-callback", NULL, NULL, NULL);
    drukbox_aio_service_account_remove(client, "x", NULL, NULL, NULL);
    outcome o = {.error = BOXD_ERROR_INIT};
    boxd_counters counters = BOXD_COUNTERS_INIT;
    drukbox_aio_client_doctor(client, NULL, note_report, &o);
    outcome_wait(client, &o);
    ck_assert_int_eq((int)o.error.status, (int)BOXD_OK);
    drukbox_client_get_counters(client, &counters);
    ck_assert_uint_eq(counters.calls, drukbox_operation_count + 1);
    drukbox_close(client);
}
END_TEST

/* ---- no blocking inside a callback ---- */

static sem_t ran;
static boxd_compute *compute_beside;

static void check_twin(const boxd_error *error, const char *function)
{
    char twin[96];
    (void)snprintf(twin, sizeof twin, "drukbox_aio_%s()", function + strlen("drukbox_"));
    e2e_expect(error, BOXD_ERR_WOULD_DEADLOCK, function);
    e2e_expect(error, BOXD_ERR_WOULD_DEADLOCK, twin);
    ck_assert_int_eq((int)error->sent, (int)BOXD_SENT_NO);
}

static void block_all(void)
{
    ck_assert(boxd_aio_in_callback());
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_operations[i].run(&error);
        check_twin(&error, drukbox_operations[i].function);
    }
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(boxd_compute_whoami(compute_beside, NULL, &error));
    e2e_would_deadlock(&error, "boxd_compute_whoami");
    ck_assert_uint_eq(drukbox_aio_client_dispatch(client, 0), 0);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(compute_beside, 0), 0);
    sem_post(&ran);
}

static void block_in_ours(drukbox_doctor_report *report, const boxd_error *error, void *data)
{
    (void)data;
    e2e_ok(report, *error);
    drukbox_doctor_report_free(report);
    block_all();
}

static void block_in_theirs(boxd_identity *who, const boxd_error *error, void *data)
{
    (void)data;
    e2e_ok(who, *error);
    boxd_identity_free(who);
    block_all();
}

static void *begin_an_attempt(const boxd_attempt *attempt, boxd_metadata *extra, void *data)
{
    (void)attempt;
    (void)extra;
    (void)data;
    block_all();
    return NULL;
}

/* Blocking functions of both products, in a callback of Drukbox, in one of boxd, and in a hook. */
START_TEST(would_deadlock)
{
    const bool manual = _i == DRUKBOX_EPOLL;
    const boxd_dispatch_mode mode = manual ? BOXD_DISPATCH_MANUAL : BOXD_DISPATCH_CORE_THREAD;
    const boxd_hooks hooks = {.size = sizeof hooks, .attempt_begin = begin_an_attempt};
    boxd_error error = BOXD_ERROR_INIT;
    sem_init(&ran, 0, 0);
    compute_beside = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = mode), &error);
    e2e_ok(compute_beside, error);
    drukbox_open(DRUKBOX_SYNC,
                 BOXD_OPTIONS(drukbox_client_options, .dispatch = mode)); /* the rows are to block */
    drukbox_aio_client_doctor(client, NULL, block_in_ours, NULL);
    while (manual && drukbox_aio_client_dispatch(client, 0) == 0)
        continue;
    sem_wait(&ran);
    boxd_aio_compute_whoami(compute_beside, NULL, block_in_theirs, NULL);
    while (manual && boxd_aio_compute_dispatch(compute_beside, 0) == 0)
        continue;
    sem_wait(&ran);
    drukbox_close(client);
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .hooks = &hooks, .dispatch = mode));
    drukbox_doctor_report_free(try_client_doctor(&error));
    sem_wait(&ran);
    drukbox_close(client);
    boxd_compute_close(compute_beside);
    sem_destroy(&ran);
}
END_TEST

/* ---- fork ---- */

static void on_attached(void *data)
{
    (void)data;
}

static void use_what_is_the_parents(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    outcome o = {.error = BOXD_ERROR_INIT};
    boxd_counters counters = BOXD_COUNTERS_INIT;
    on_surface = on_surface == DRUKBOX_EPOLL ? DRUKBOX_CALLBACKS : on_surface;
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        CHILD_WANTS(drukbox_operations[i].run(&error) == BOXD_ERR_FORKED);
        CHILD_WANTS(error.sent == BOXD_SENT_NO && strstr(error.message, "fork()"));
    }
    CHILD_WANTS(drukbox_aio_client_fd(client) == -1 && drukbox_aio_client_dispatch(client, 0) == 0);
    CHILD_WANTS(!drukbox_client_ref(client));
    CHILD_WANTS(drukbox_aio_client_attach(client, on_attached, NULL, &error) == BOXD_ERR_FORKED);
    drukbox_aio_client_detach(client);
    drukbox_client_get_counters(client, &counters);
    CHILD_WANTS(counters.calls == 0);
    boxd_cancel_token_cancel(call.cancel); /* the token of the child: the call of the parent continues */
    drukbox_aio_client_close(client, outcome_on_done, &o);
    CHILD_WANTS(atomic_load(&o.calls) == 1);
    CHILD_WANTS(drukbox_client_close(client) == BOXD_OK);
#if !defined(__SANITIZE_THREAD__) /* the leak checker does not work in a child of a process with threads */
    drukbox_client *own = drukbox_client_open_from_env(NULL, NULL, &error);
    CHILD_WANTS(own);
    drukbox_hosts *hosts = drukbox_host_list(own, NULL, &error);
    CHILD_WANTS(hosts);
    drukbox_hosts_free(hosts);
    CHILD_WANTS(drukbox_client_close(own) == BOXD_OK);
#endif
}

/* Forks while a call is in flight, so that the client's thread is busy. */
START_TEST(child_of_a_client)
{
    outcome o = {.error = BOXD_ERROR_INIT};
    drukbox_open(_i, NULL);
    call.cancel = boxd_cancel_token_new();
    emulator_fault(&emulator, "{\"http\":\"GET /doctor\",\"hang\":true}");
    drukbox_aio_client_doctor(client, &call, note_report, &o);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    for (int i = 0; i < 5; i++)
        in_child(use_what_is_the_parents);
    ck_assert_int_eq(atomic_load(&o.calls), 0);
    boxd_cancel_token_cancel(call.cancel);
    outcome_wait(client, &o);
    ck_assert_int_eq((int)o.error.status, (int)BOXD_ERR_CANCELLED);
    boxd_cancel_token_free(call.cancel);
    drukbox_close(client);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--list-blocking") == 0) {
        for (size_t i = 0; i < drukbox_operation_count; i++)
            puts(drukbox_operations[i].function);
        return 0;
    }
    Suite *suite = suite_create("drukbox_calls");
    drukbox_add(suite, cancelled);
    drukbox_add(suite, timed_out);
    drukbox_add(suite, nothing_comes);
    drukbox_add(suite, one_token);
    drukbox_add(suite, null_client);
    drukbox_add(suite, closed_client);
    drukbox_add(suite, closed_meanwhile);
    drukbox_add(suite, no_callback);
    drukbox_add(suite, would_deadlock);
    drukbox_add(suite, child_of_a_client);
    return drukbox_main(suite, NULL);
}
