/* What holds for every call: deadlines, cancel tokens, retries, and callbacks that are none. */
#include "e2e.h"

#include <pthread.h>

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

/* ---- callbacks ---- */

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
    e2e_open(_i, NULL);
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
    e2e_add(suite, no_callback);
    e2e_add_manual(suite, blocking_with_manual_dispatch);
    return e2e_main(suite, NULL);
}
