/*
 * The state of the process that the libraries find, and leave as it is; and processes without what most
 * have: standard descriptors, free descriptors, files below /.
 */
#include "embedding_case.h"
#include "empty_root.h"

#include <boxd/aio.h>
#include <boxd/boxd.h>
#include <drukbox/aio.h>
#include <drukbox/drukbox.h>

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what a program does with the two products ---- */

/* Opens a client, makes a call that no server answers, and closes the client. Returns the status of the first
 * step that failed. */
static boxd_status use_boxd(boxd_error *error)
{
    boxd_compute *c =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = REFUSING_URL, .token = "token",
                                       .read_retries = -1, .timeout_ms = 20000),
                          error);
    boxd_identity_free(c ? boxd_compute_whoami(c, NULL, error) : NULL);
    boxd_compute_close(c);
    return error->status;
}

/* The same with an exchange of a key, whose thread is another one. */
static boxd_status use_exchange(boxd_error *error)
{
    boxd_compute *c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = REFUSING_URL,
                                                     .exchange_url = REFUSING_URL, .api_key = "key",
                                                     .read_retries = -1, .timeout_ms = 20000),
                                        error);
    boxd_identity_free(c ? boxd_compute_whoami(c, NULL, error) : NULL);
    boxd_compute_close(c);
    return error->status;
}

static boxd_status use_drukbox(boxd_error *error)
{
    drukbox_client *c = drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = REFUSING_URL, .token = "token"), error);
    drukbox_hosts_free(c ? drukbox_host_list(c, NULL, error) : NULL);
    drukbox_client_close(c);
    return error->status;
}

static const struct {
    boxd_status (*use)(boxd_error *error);
    /* Without a server. */
    boxd_status status;
} PRODUCTS[] = {{use_boxd, BOXD_ERR_CONNECTION},
                {use_exchange, BOXD_ERR_CONNECTION},
                {use_drukbox, BOXD_ERR_UNAVAILABLE}};

/* ---- the state of the process ---- */

enum { MOST_VARIABLES = 256 };

typedef struct state {
    char cwd[256], locale[256];
    char *variables[MOST_VARIABLES];
    mode_t umask;
    int rounding, exceptions, dumpable, priority, policy, cancel_state;
    struct rlimit limits[RLIM_NLIMITS];
    struct sigaction actions[NSIG];
    sigset_t blocked;
    cpu_set_t cpus;
} state;

static void read_state(state *s)
{
    memset(s, 0, sizeof *s);
    ck_assert_ptr_nonnull(getcwd(s->cwd, sizeof s->cwd));
    (void)snprintf(s->locale, sizeof s->locale, "%s", setlocale(LC_ALL, NULL));
    for (int i = 0; environ[i] && i < MOST_VARIABLES; i++)
        s->variables[i] = environ[i];
    s->umask = umask(0);
    umask(s->umask);
    s->rounding = fegetround();
    s->exceptions = fegetexcept();
    s->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    s->priority = getpriority(PRIO_PROCESS, 0);
    s->policy = sched_getscheduler(0);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &s->cancel_state);
    pthread_setcancelstate(s->cancel_state, NULL);
    for (int i = 0; i < RLIM_NLIMITS; i++)
        (void)getrlimit((__rlimit_resource_t)i, &s->limits[i]);
    for (int i = 1; i < NSIG; i++)
        (void)sigaction(i, NULL, &s->actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
    (void)sched_getaffinity(0, sizeof s->cpus, &s->cpus);
}

static state before, after;

START_TEST(state_stays)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
    fesetround(FE_DOWNWARD);
    umask(027);
    read_state(&before);
    ck_assert_int_eq((int)PRODUCTS[_i].use(&error), (int)PRODUCTS[_i].status);
    read_state(&after);
    ck_assert_str_eq(after.cwd, before.cwd);
    ck_assert_str_eq(after.locale, before.locale);
    ck_assert_mem_eq(after.variables, before.variables, sizeof before.variables);
    ck_assert_uint_eq(after.umask, before.umask);
    ck_assert_int_eq(after.rounding, before.rounding);
    ck_assert_int_eq(after.exceptions, before.exceptions);
    ck_assert_int_eq(after.dumpable, before.dumpable);
    ck_assert_int_eq(after.priority, before.priority);
    ck_assert_int_eq(after.policy, before.policy);
    ck_assert_int_eq(after.cancel_state, before.cancel_state);
    ck_assert_mem_eq(after.limits, before.limits, sizeof before.limits);
    for (int i = 1; i < NSIG; i++)
        ck_assert_msg(after.actions[i].sa_handler == before.actions[i].sa_handler &&
                          after.actions[i].sa_flags == before.actions[i].sa_flags,
                      "signal %d", i);
    ck_assert_mem_eq(&after.blocked, &before.blocked, sizeof before.blocked);
    ck_assert_mem_eq(&after.cpus, &before.cpus, sizeof before.cpus);
}
END_TEST

/* ---- the standard streams ---- */

/* Nothing is written to them, and their buffers stay as they are. */
START_TEST(streams_stay)
{
    boxd_error error = BOXD_ERROR_INIT;
    char written[64] = "";
    int pipes[2];
    ck_assert_int_eq(pipe(pipes), 0);
    const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    (void)fflush(NULL);
    dup2(pipes[1], STDOUT_FILENO);
    dup2(pipes[1], STDERR_FILENO);
    (void)fputs("unfinished", stdout);
    const boxd_status status = PRODUCTS[_i].use(&error);
    (void)fputs("written", stderr); /* at once: the first bytes in the pipe */
    (void)fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(pipes[1]);
    for (size_t used = 0; used < sizeof written - 1;) {
        const ssize_t got = read(pipes[0], written + used, sizeof written - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    ck_assert_int_eq((int)status, (int)PRODUCTS[_i].status);
    ck_assert_str_eq(written, "writtenunfinished");
}
END_TEST

/* Runs in a child whose exit status says what happened. */
static void in_child(void (*prepare)(void), int product)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        boxd_error error = BOXD_ERROR_INIT;
        prepare();
        const bool good = PRODUCTS[product].use(&error) == PRODUCTS[product].status && *error.message;
        if (!good)
            (void)fprintf(stderr, "%s: %s\n", boxd_status_name(error.status), error.message);
        _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with status %x",
                  (unsigned)status);
}

static void close_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        close(fd);
}

/* As cron jobs and daemons run. The first descriptors of the library then have the numbers 0, 1 and 2. */
START_TEST(without_standard_descriptors)
{
    in_child(close_streams, _i);
}
END_TEST

/* ---- other surroundings ---- */

static void leave_files(void)
{
    if (!enter_empty_root())
        _exit(EXIT_FAILURE);
}

START_TEST(without_files)
{
    in_child(leave_files, _i);
}
END_TEST

static void become_nobody(void)
{
    enum { NOBODY = 65534 };
    if (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(EXIT_FAILURE);
}

START_TEST(after_setuid)
{
    in_child(become_nobody, _i);
}
END_TEST

/* setuid() in the C library stops each thread with a signal of its own, and waits. */
START_TEST(setuid_with_an_open_client)
{
    const drukbox_client_options drukbox = {
        .size = sizeof drukbox, .base_url = REFUSING_URL, .token = "token"};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .api_url = REFUSING_URL, .token = "token"), &error);
    drukbox_client *d = drukbox_client_open(&drukbox, &error);
    ck_assert_msg(c && d, "%s", error.message);
    become_nobody();
    boxd_compute_close(c);
    drukbox_client_close(d);
}
END_TEST

/* ---- exit() ---- */

static bool is_child;

/* LeakSanitizer checks at exit, when an open client still has its memory. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return is_child;
}

static void exit_with_open_clients(void)
{
    boxd_compute *c = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .api_url = REFUSING_URL, .token = "token"), NULL);
    drukbox_client *d = drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = REFUSING_URL, .token = "token"), NULL);
    boxd_aio_compute_whoami(c, NULL, NULL, NULL);
    drukbox_aio_host_list(d, NULL, NULL, NULL);
    exit(EXIT_SUCCESS);
}

/* A program that returns from main() while calls are in flight. */
START_TEST(exit_while_calls_are_in_flight)
{
    for (int round = 0; round < 20; round++) {
        int status = 0;
        const pid_t pid = fork();
        if (pid == 0) {
            is_child = true;
            exit_with_open_clients();
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with status %x",
                      (unsigned)status);
    }
}
END_TEST

/* ---- descriptors ---- */

/* With any number of free descriptors a call fails with a message, or because no server answers. */
START_TEST(few_descriptors)
{
    enum { LIMIT = 64, MOST_FREE = 24 };
    const struct rlimit limit = {LIMIT, LIMIT};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int spare = 0; spare < MOST_FREE; spare++) {
        int taken[LIMIT], count = 0;
        boxd_error error = BOXD_ERROR_INIT;
        while (count < LIMIT && (taken[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
            count++;
        for (int i = 0; i < spare && count > 0; i++)
            close(taken[--count]);
        const boxd_status status = PRODUCTS[_i].use(&error);
        ck_assert_msg(status != BOXD_OK && *error.message, "%d", spare);
        ck_assert_msg(spare < MOST_FREE - 1 || status == PRODUCTS[_i].status, "%s", error.message);
        while (count > 0)
            close(taken[--count]);
    }
}
END_TEST

/* Usage: surroundings_embedding_test [--empty-root]: the tests in an empty root, or all others. */
int main(int argc, char **argv)
{
    Suite *suite = suite_create("surroundings");
    if (argc == 2 && strcmp(argv[1], "--empty-root") == 0) {
        embedding_add(suite, without_files, COUNT(PRODUCTS));
        return can_enter_empty_root() ? embedding_run(suite) : EXIT_SKIPPED;
    }
    embedding_add(suite, state_stays, COUNT(PRODUCTS));
    embedding_add(suite, streams_stay, COUNT(PRODUCTS));
    embedding_add(suite, without_standard_descriptors, COUNT(PRODUCTS));
    embedding_add(suite, after_setuid, COUNT(PRODUCTS));
    embedding_add(suite, setuid_with_an_open_client, 1);
    embedding_add(suite, exit_while_calls_are_in_flight, 1);
    embedding_add(suite, few_descriptors, COUNT(PRODUCTS));
    return embedding_run(suite);
}
