/*
 * e2e.h: shared by all end-to-end test programs: an emulator, a client, a surface. The program starts the
 * emulator once; each test runs in a process of its own (Check forks) with a client of its own, once for
 * each surface.
 */
#ifndef E2E_E2E_H
#define E2E_E2E_H

#include "emulator_process.h"
#include "surface.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An event that a test waits for arrives within this time, however slow the machine is. */
enum { E2E_PATIENCE_MS = 60000 };

extern emulator_process emulator; /* the emulator of this program */
extern const surface *on;         /* the surface of the running test */
extern boxd_compute *compute;     /* the client of the running test */

/* Opens `compute` for the surface of index `i`. Call this first in a test. */
void e2e_open(int i, const boxd_compute_options *options);

/* Opens another client for the same surface; close it with on->close before e2e_close(). */
boxd_compute *e2e_open_another(const boxd_compute_options *options);

/* Opens a client of another emulator, which is started with `options`; assign it to `compute`. */
boxd_compute *e2e_open_own(int i, emulator_process *own, const char *const *options);

/* Closes the client (unless it is NULL), and checks that each callback ran once and that nothing is left on
 * the loop. */
void e2e_close(void);

/* A box with a new name for the test; aborts the test on failure. */
boxd_box *e2e_box(void);
void e2e_drop(boxd_box *box);

/* Fails the test with the message of `error` unless `good`. */
#define e2e_ok(good, error) ck_assert_msg((good), "%s: %s", boxd_status_name((error).status), (error).message)

/* The number of connections from this process to the API of the emulator. */
int e2e_connections(void);

/* Runs a command, whatever its exit code is, and returns its result. */
boxd_exec_result *e2e_run(boxd_box *box, const char *line);

/* Runs a command, whose exit code must be 0. */
void e2e_do(boxd_box *box, const char *line);

/* Checks the status, and that the message contains `part`. */
void e2e_expect(const boxd_error *error, boxd_status status, const char *part);

/* The same for a call that the library refused: an invalid argument, and nothing was sent. */
void e2e_refused(boxd_status status, const boxd_error *error, const char *part);

/* The same for a blocking function that was called inside a callback. */
void e2e_would_deadlock(const boxd_error *error, const char *function);

/* If the command line has --list-blocking: prints the names and returns true. */
bool e2e_list_blocking(int argc, char **argv, const char *const *functions, size_t count);

/* The generation of the service that the emulator has: the argument of --generation, which
 * e2e_take_generation() reads, or "both". */
extern const char *e2e_generation;
void e2e_take_generation(int argc, char **argv);
bool e2e_plays(const char *generation);

/* Runs `suite` against an emulator with `options`. Returns the exit status of the program. */
int e2e_main(Suite *suite, const char *const *options);

/* A test case that runs `test` once for each surface. */
void e2e_add(Suite *suite, const TTest *test);

/* The same, only for the surfaces with manual dispatch. */
void e2e_add_manual(Suite *suite, const TTest *test);

/* The same for the blocking functions, and for callbacks on the core thread. */
void e2e_add_pair(Suite *suite, const TTest *test);

/* The same for tests that do not depend on the surface. */
void e2e_add_once(Suite *suite, const TTest *test);

#endif
