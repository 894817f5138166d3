/* embedding_case.h: shared by the test programs of this folder: what the libraries do to the process that
 * they are in. */
#ifndef EMBEDDING_CASE_H
#define EMBEDDING_CASE_H

#include <check.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A service that refuses connections: no process listens on port 1. */
#define REFUSING_URL "http://127.0.0.1:1"

/* Adds a test that runs once for each number below `count`, in a process of its own. */
static inline void embedding_add(Suite *suite, const TTest *test, size_t count)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

/* Runs `suite`. Returns the exit status of the program. */
static inline int embedding_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
