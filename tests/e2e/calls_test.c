/* Rules for every call: retries, a NULL callback, and blocking calls beside manual dispatch. */
#include "e2e.h"

/* ---- retries ---- */

START_TEST(reads_are_repeated)
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

START_TEST(writes_are_not_repeated)
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
    ck_assert_uint_eq(boxd_aio_compute_dispatch(compute, 0), 0);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    e2e_add(suite, reads_are_repeated);
    e2e_add(suite, writes_are_not_repeated);
    e2e_add(suite, no_callback);
    e2e_add_manual(suite, blocking_with_manual_dispatch);
    return e2e_main(suite, NULL);
}
