/*
 * unit_test.h: shared by all unit test programs. Each `*_test.c` is one program with one suite.
 */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include "mem.h"

#include <boxd/error.h>

#include <check.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Adds a test case of one test, so that the test is reported, and limited in time, by its own name. */
static inline void unit_add(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

/* Runs `suite`. Returns the exit status of the program. CK_FORK=no runs all tests in one process;
 * CK_VERBOSITY is read. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * Repeats `call`, each time with one more successful allocation, until it succeeds: before that it must
 * end in BOXD_ERR_NO_MEMORY with a message. `call` frees its result. Returns how often it failed.
 */
static inline int unit_walk_allocations(boxd_status (*call)(const void *context, boxd_error *error),
                                        const void *context)
{
    for (int allowed = 0; allowed < 10000; allowed++) {
        boxd_error error = BOXD_ERROR_INIT;
        mem_fail_after(allowed);
        boxd_status status = call(context, &error);
        mem_fail_after(-1);
        if (status == BOXD_OK)
            return allowed;
        ck_assert_int_eq(status, BOXD_ERR_NO_MEMORY);
        ck_assert_int_eq(error.status, BOXD_ERR_NO_MEMORY);
        ck_assert_str_ne(error.message, "");
    }
    ck_abort_msg("never succeeded");
    return 0;
}

#endif
