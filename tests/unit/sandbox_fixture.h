/*
 * sandbox_fixture.h: shared by the tests of tests/emulator/sandbox. As root a test program runs a second time
 * as an ordinary user. With EMULATOR_ISOLATION=directory, or if the kernel refuses namespaces, it skips the
 * tests that need isolation and runs the others in plain directories.
 */
#ifndef SANDBOX_FIXTURE_H
#define SANDBOX_FIXTURE_H

#include "sandbox/sandbox.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Check limits the time of forked tests only, and these do not fork: see run_suite(). */
enum { WHY_SIZE = 240, PATIENCE_MS = 60000, TEST_SECONDS = 110 };

static char state_dir[64];
static char why[WHY_SIZE];
static sandbox_isolation isolation;
static sandbox *box; /* new and running for each test */

typedef struct {
    char out[65536], err[4096];
    size_t n_out, n_err;
    int code;
} result;

static inline sandbox *new_sandbox(const char *id, sandbox *source)
{
    sandbox *r = NULL;
    ck_assert_msg(sandbox_create(id, id, source, &r, why, sizeof(why)) == 0, "%s", why);
    return r;
}

static inline sandbox *new_running_sandbox(const char *id)
{
    sandbox *r = new_sandbox(id, NULL);
    ck_assert_msg(sandbox_start(r, why, sizeof(why)) == 0, "%s", why);
    return r;
}

static inline sandbox_process *spawn(sandbox *r, const char *command, bool pty)
{
    sandbox_spawn_options options = {.command = command, .pty = pty};
    sandbox_process *p = NULL;
    ck_assert_msg(sandbox_spawn(r, &options, &p, why, sizeof(why)) == 0, "%s", why);
    return p;
}

static inline int wait_end(sandbox_process *p)
{
    struct pollfd end = {.fd = sandbox_process_exit_fd(p), .events = POLLIN};
    int code = -1;
    ck_assert_int_eq(poll(&end, 1, PATIENCE_MS), 1);
    ck_assert(sandbox_process_ended(p, &code));
    return code;
}

/* Waits, then reads once; 0 at the end (EIO: the end of a PTY). */
static inline size_t read_some(int fd, char *buffer, size_t size)
{
    struct pollfd source = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&source, 1, PATIENCE_MS), 1);
    ssize_t n = read(fd, buffer, size);
    if (n < 0)
        ck_assert_int_eq(errno, EIO);
    return n > 0 ? (size_t)n : 0;
}

static inline size_t read_all(int fd, char *buffer, size_t size)
{
    size_t n = 0, got;
    while (n + 1 < size && (got = read_some(fd, buffer + n, size - 1 - n)) > 0)
        n += got;
    buffer[n] = '\0';
    return n;
}

/* Reads up to the end of `text`; the next call reads on from there. */
static inline void expect(sandbox_process *p, const char *text)
{
    char buffer[8192];
    size_t n = 0;
    buffer[0] = '\0';
    while (!strstr(buffer, text)) {
        size_t got = read_some(sandbox_process_stdout(p), buffer + n, 1);
        ck_assert_msg(got == 1 && n + 2 < sizeof(buffer), "no \"%s\" in \"%s\"", text, buffer);
        n += got;
        buffer[n] = '\0';
    }
}

static inline void say(sandbox_process *p, const char *text)
{
    ck_assert_int_eq(write(sandbox_process_stdin(p), text, strlen(text)), (int)strlen(text));
}

static inline const result *finish(sandbox_process *p)
{
    static result r;
    r.err[0] = '\0';
    r.n_out = read_all(sandbox_process_stdout(p), r.out, sizeof(r.out));
    r.n_err = sandbox_process_stderr(p) >= 0 ? read_all(sandbox_process_stderr(p), r.err, sizeof(r.err)) : 0;
    r.code = wait_end(p);
    sandbox_process_free(p);
    return &r;
}

static inline const result *run(sandbox *r, const char *command)
{
    sandbox_process *p = spawn(r, command, false);
    sandbox_process_close_stdin(p);
    return finish(p);
}

static inline void put(sandbox *r, const char *path, const char *text)
{
    int fd = -1;
    ck_assert_msg(sandbox_open(r, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, true, &fd, why, sizeof(why)) == 0,
                  "%s", why);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static inline const char *get(sandbox *r, const char *path)
{
    static char text[4096];
    int fd = -1;
    if (sandbox_open(r, path, O_RDONLY, 0, false, &fd, why, sizeof(why)) != 0)
        return "(none)";
    ssize_t n = read(fd, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
    return text;
}

static inline void set_up(void)
{
    alarm(TEST_SECONDS);
    box = new_running_sandbox("box");
}

static inline void tear_down(void)
{
    sandbox_destroy(box);
    box = NULL;
    alarm(0);
}

/* Adds a test case of `n_tests` tests, each with a box. */
static inline void add_tests(Suite *suite, const char *name, const TTest *const *tests, size_t n_tests)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < n_tests; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

static inline sandbox_isolation wanted_isolation(void)
{
    sandbox_isolation wanted = SANDBOX_ISOLATION_AUTO;
    const char *name = getenv("EMULATOR_ISOLATION");
    if (name)
        sandbox_isolation_parse(name, &wanted);
    return wanted;
}

/* Calls `make_suite` after `isolation` is set. Returns the exit status of the program. */
static inline int run_suite(Suite *(*make_suite)(void))
{
    const char *where = getenv("TMPDIR");
    snprintf(state_dir, sizeof(state_dir), "%.40s/sandbox-test-XXXXXX", where ? where : "/tmp");
    if (!mkdtemp(state_dir) ||
        sandbox_init(state_dir, wanted_isolation(), &isolation, why, sizeof(why)) != 0) {
        fprintf(stderr, "cannot create sandboxes: %s\n", why);
        return 1;
    }
    printf("as user %u: %s\n", (unsigned)geteuid(), why);
    fflush(stdout);
    SRunner *runner = srunner_create(make_suite());
    /* No fork: the sandboxes' helpers are children of this process. */
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    sandbox_shutdown();
    if (rmdir(state_dir) != 0) {
        fprintf(stderr, "sandbox_shutdown left files in %s\n", state_dir);
        failed++;
    }
    return failed == 0 ? 0 : 1;
}

/* Runs the program again as an ordinary user. */
static inline int run_as_nobody(char **argv)
{
    int status = 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
            setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        execv("/proc/self/exe", argv);
        _exit(2);
    }
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

/* main() after sandbox_init_main(). */
static inline int run_sandboxes(Suite *(*make_suite)(void), char **argv)
{
    int code = run_suite(make_suite);
    return geteuid() == 0 ? run_as_nobody(argv) | code : code;
}

#endif
