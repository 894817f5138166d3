/*
 * Hosts, from their making to their end.
 */
#include "drukbox_case.h"

START_TEST(life)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_host *made = drukbox_make_host();
    ck_assert_str_eq(made->status, "active");
    ck_assert_ptr_nonnull(made->private_key);
    drukbox_host *got = try_host_get(made->id, &error);
    e2e_ok(got, error);
    ck_assert_str_eq(got->id, made->id);
    ck_assert_ptr_null(got->private_key);
    e2e_ok(try_host_delete(made->id, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_host_delete(made->id, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, made->id);
    drukbox_host_free(got);
    drukbox_host_free(made);
    drukbox_close(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_hosts");
    drukbox_add(suite, life);
    return drukbox_main(suite, NULL);
}
