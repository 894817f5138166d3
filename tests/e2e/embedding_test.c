/*
 * Effects of the library on its process: what stays unchanged (signals, exit, descriptors after exec),
 * and what a child made by fork() can do.
 */
#include "child.h"
#include "e2e.h"
#include "empty_root.h"
#include "matrix.h"
#include "pending.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static boxd_call_options call = BOXD_CALL_OPTIONS_INIT;

/* ---- threads and signals ---- */

/* The mask of blocked signals of a thread of this process, and the name of the thread. */
static unsigned long long blocked_signals(const char *task, char *name, int size)
{
    char path[320], line[256];
    unsigned long long mask = 0;
    (void)snprintf(path, sizeof path, "/proc/self/task/%s/status", task);
    FILE *file = fopen(path, "re");
    if (!file)
        return ~0ULL; /* the thread has ended */
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "Name:\t", 6) == 0)
            (void)snprintf(name, (size_t)size, "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
        if (strncmp(line, "SigBlk:\t", 8) == 0)
            mask = strtoull(line + 8, NULL, 16);
    }
    (void)fclose(file);
    return mask;
}

#define BIT(signal) (1ULL << ((signal)-1))

/* A fault belongs to the thread that has it. */
#define FAULTS                                                                                               \
    (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGSYS))

/* All signals except faults, those that cannot be blocked, and the two that the C library reserves. */
#define BLOCKED (~0ULL & ~FAULTS & ~BIT(SIGKILL) & ~BIT(SIGSTOP) & ~(3ULL << 31))

/* Also in a program that has blocked the signals of faults itself. */
START_TEST(threads_block_signals_from_outside)
{
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGABRT);
    pthread_sigmask(SIG_BLOCK, &faults, NULL);
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    e2e_do(box, "true");
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->box_download(box, "/etc/passwd", "/dev/null", NULL, &error) == BOXD_OK ||
               error.status == BOXD_ERR_LOCAL_FILE,
           error); /* the disk thread has started */
    int threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char name[32] = "";
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
            continue;
        const unsigned long long mask = blocked_signals(entry->d_name, name, sizeof name);
        ck_assert_msg((mask & BLOCKED) == BLOCKED, "the thread %s blocks %llx only", name, mask);
        ck_assert_msg(mask == ~0ULL || (mask & FAULTS) == 0, "the thread %s blocks faults: %llx", name, mask);
        threads++;
    }
    closedir(tasks);
    ck_assert_int_gt(threads, 3);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(no_handlers)
{
    struct sigaction before[NSIG], after;
    for (int i = 1; i < NSIG; i++)
        (void)sigaction(i, NULL, &before[i]);
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    e2e_do(box, "true");
    e2e_drop(box);
    for (int i = 1; i < NSIG; i++)
        if (sigaction(i, NULL, &after) == 0)
            ck_assert_msg(before[i].sa_handler == after.sa_handler && before[i].sa_flags == after.sa_flags,
                          "signal %d is handled otherwise than before", i);
    e2e_close();
}
END_TEST

/* ---- descriptors ---- */

START_TEST(descriptors_close_on_exec)
{
    bool inherited[1024] = {false};
    for (int fd = 0; fd < (int)COUNT(inherited); fd++)
        inherited[fd] = fcntl(fd, F_GETFD) >= 0;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    int pipes[2];
    ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
    options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = pipes[1]};
    boxd_exec_result *result = on->box_exec_shell(box, "echo x", &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    for (int fd = 0; fd < (int)COUNT(inherited); fd++) {
        char path[32], what[128] = "";
        const int flags = fcntl(fd, F_GETFD);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        (void)!readlink(path, what, sizeof what - 1);
        ck_assert_msg(flags < 0 || inherited[fd] || flags & FD_CLOEXEC, "descriptor %d (%s) outlives exec",
                      fd, what);
    }
    close(pipes[0]);
    close(pipes[1]);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- fork ---- */

static subjects all;
static boxd_process *process;

static void note_done(boxd_status status, const boxd_error *error, void *data)
{
    CHILD_WANTS((error == NULL) == (status == BOXD_OK));
    *(boxd_status *)data = status;
}

static void on_attached(void *data)
{
    (void)data;
}

/* Every operation, on both surfaces, and every function that reads or frees something. */
static void use_what_is_the_parents(void)
{
    boxd_status called = BOXD_OK;
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        if (matrix[i].run(&all, &error) != BOXD_ERR_FORKED)
            (void)fprintf(stderr, "%s: %s\n", matrix[i].function, error.message);
        CHILD_WANTS(error.status == BOXD_ERR_FORKED);
        CHILD_WANTS(error.sent == BOXD_SENT_NO && strstr(error.message, "fork()"));
    }
    boxd_error error = BOXD_ERROR_INIT;
    CHILD_WANTS(boxd_process_write(process, "x", 1, NULL, &error) == BOXD_ERR_FORKED);
    CHILD_WANTS(boxd_compute_wait_for_slot(compute, NULL, &error) == BOXD_ERR_FORKED);
    boxd_aio_box_start(all.box, NULL, note_done, &called);
    CHILD_WANTS(called == BOXD_ERR_FORKED);
    CHILD_WANTS(boxd_aio_compute_fd(compute) == -1 && boxd_aio_compute_dispatch(compute, 0) == 0);
    CHILD_WANTS(!boxd_compute_ref(compute));
    CHILD_WANTS(boxd_aio_compute_attach(compute, on_attached, NULL, &error) == BOXD_ERR_FORKED);
    boxd_aio_compute_detach(compute);
    boxd_cancel_token_cancel(call.cancel);
    CHILD_WANTS(!boxd_compute_open(NULL, &error) && error.status == BOXD_ERR_FORKED);
    boxd_process_free(process);
    matrix_close(&all); /* destroys the box and frees the handles: the service does not notice */
    called = BOXD_ERR_FAILED;
    boxd_aio_compute_close(compute, note_done, &called);
    CHILD_WANTS(called == BOXD_OK);
    CHILD_WANTS(boxd_compute_close(compute) == BOXD_OK);
}

/* Forks while calls are in flight, so that the threads of the library are busy. */
START_TEST(child_of_an_open_client)
{
    e2e_open(_i, NULL);
    pending waits = PENDING_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    call.cancel = boxd_cancel_token_new();
    matrix_open(&all, compute, &call);
    process = on->box_exec_shell_stream(all.box, "cat; echo done", NULL, &error);
    e2e_ok(process, error);
    boxd_aio_process_wait(process, &call, pending_exit, &waits);
    for (int i = 0; i < 20; i++)
        in_child(use_what_is_the_parents);
    /* The parent is not affected. */
    ck_assert_int_eq(atomic_load(&waits.calls), 0);
    e2e_ok(on->process_write_eof(process, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)pending_settle(&waits), (int)BOXD_OK);
    boxd_process_free(process);
    boxd_cancel_token_free(call.cancel);
    call.cancel = NULL;
    matrix_close(&all);
    e2e_close();
}
END_TEST

static void dispatch_what_is_the_parents(void)
{
    boxd_counters counters = BOXD_COUNTERS_INIT;
    CHILD_WANTS(boxd_aio_compute_dispatch(compute, 0) == 0);
    boxd_compute_get_counters(compute, &counters);
    CHILD_WANTS(counters.calls == 0 && counters.ready == 0);
}

/* A waiting callback runs in the parent, whose descriptor stays readable. */
START_TEST(child_with_a_ready_callback)
{
    pending p = PENDING_INIT;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    e2e_open(_i, NULL);
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    while (counters.ready == 0)
        boxd_compute_get_counters(compute, &counters);
    in_child(dispatch_what_is_the_parents);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    e2e_close();
}
END_TEST

static void open_and_ask(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *own = boxd_compute_open(NULL, &error);
    boxd_identity *who = own ? boxd_compute_whoami(own, NULL, &error) : NULL;
    if (!who)
        (void)fprintf(stderr, "%s\n", error.message);
    CHILD_WANTS(who);
    boxd_identity_free(who);
    CHILD_WANTS(boxd_compute_close(own) == BOXD_OK);
}

static void open_in_vain(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    CHILD_WANTS(!boxd_compute_open(NULL, &error) && error.status == BOXD_ERR_FORKED);
    CHILD_WANTS(strstr(error.message, "exec"));
}

/* A token that a daemon made before it went to the background. */
static void fire_what_was_inherited(void)
{
    pending p = PENDING_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *own = boxd_compute_open(NULL, &error);
    CHILD_WANTS(own);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    boxd_aio_compute_whoami(own, &call, pending_identity, &p);
    while (emulator_faults_left(&emulator) > 0) /* the file exists */
        continue;
    boxd_cancel_token_cancel(call.cancel);
    for (int i = 0; i < 3000 && atomic_load(&p.calls) == 0; i++)
        usleep(10000);
    CHILD_WANTS(p.error.status == BOXD_ERR_CANCELLED);
    CHILD_WANTS(boxd_compute_close(own) == BOXD_OK);
}

START_TEST(token_of_the_parent)
{
    call.cancel = boxd_cancel_token_new();
    in_child(fire_what_was_inherited);
    ck_assert(!boxd_cancel_token_is_cancelled(call.cancel));
    in_child(fire_what_was_inherited);
    boxd_cancel_token_free(call.cancel);
    call.cancel = NULL;
}
END_TEST

/* A server that forks its workers before it opens a client, and one that forks too late. */
START_TEST(clients_of_children)
{
    in_child(open_and_ask);
    in_child(open_and_ask);
    open_and_ask();
    in_child(open_in_vain);
    open_and_ask();
}
END_TEST

static pid_t in_callback; /* the process of the child */

/* The child that a callback makes returns from the callback: on a copy of the core thread, which ends there,
 * or to the code that dispatches, which finds nothing more to run. */
static void fork_inside(boxd_identity *who, const boxd_error *error, void *data)
{
    pending *p = data;
    e2e_ok(who, *error);
    boxd_identity_free(who);
    const pid_t pid = fork();
    is_child = pid == 0;
    in_callback = is_child ? getpid() : 0;
    p->number = pid;
    if (pid > 0)
        callbacks_count(&p->calls);
}

static void must_not_run(boxd_identity *who, const boxd_error *error, void *data)
{
    (void)error;
    boxd_identity_free(who);
    callbacks_count(data);
}

START_TEST(child_of_a_dispatch)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *own =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    struct pollfd readable = {.fd = boxd_aio_compute_fd(own), .events = POLLIN};
    e2e_ok(own, error);
    for (int i = 0; i < 10; i++) {
        pending p = PENDING_INIT;
        atomic_int later = 0;
        int status = 0;
        boxd_aio_compute_whoami(own, NULL, fork_inside, &p);
        ck_assert_int_eq(poll(&readable, 1, -1), 1);
        boxd_aio_compute_whoami(own, BOXD_OPTIONS(boxd_call_options, .timeout_ms = 1), must_not_run, &later);
        while (p.number == -1)
            boxd_aio_compute_dispatch(own, 1);
        if (in_callback == getpid())
            _exit(boxd_aio_compute_dispatch(own, 0) == 0 && later == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
        ck_assert_int_eq(waitpid(p.number, &status, 0), p.number);
        ck_assert_int_eq(status, 0);
        while (later == 0)
            boxd_aio_compute_dispatch(own, 0);
    }
    ck_assert_int_eq((int)boxd_compute_close(own), (int)BOXD_OK);
}
END_TEST

START_TEST(child_of_the_core_thread)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(SURFACE_CALLBACKS, NULL);
    for (int i = 0; i < 10; i++) {
        pending p = PENDING_INIT;
        int status = 0;
        boxd_aio_compute_whoami(compute, NULL, fork_inside, &p);
        callbacks_wait(&p.calls, 1);
        boxd_identity *who = on->compute_whoami(compute, NULL, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
        ck_assert_int_eq(waitpid(p.number, &status, 0), p.number);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "the child ended with status %x",
                      status);
    }
    e2e_close();
}
END_TEST

/* ---- no files ---- */

/* In a root without /proc, /dev, /etc and /tmp: a name is an address, and pipes cannot be opened again. */
START_TEST(without_files)
{
    char got[8] = "";
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    int pipes[2];
    ck_assert(enter_empty_root());
    is_child = true; /* LeakSanitizer needs /proc */
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
    options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = pipes[1]};
    boxd_exec_result *result = on->box_exec_shell(box, "echo piped", &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    ck_assert_int_eq(read(pipes[0], got, sizeof got), 6);
    ck_assert_str_eq(got, "piped\n");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- few descriptors ---- */

/* Opens descriptors until only `wanted` are free. Returns the number of opened ones. */
static int leave_descriptors(int wanted, int *taken, int most)
{
    int count = 0;
    while (count < most && (taken[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    ck_assert_int_lt(count, most);
    for (int i = 0; i < wanted; i++)
        close(taken[--count]);
    return count;
}

/* Every failure that is due to missing descriptors says so, and a client that was opened can be closed. */
START_TEST(few_descriptors)
{
    enum { LIMIT = 64 };
    int opened = 0, taken[LIMIT] = {0};
    const struct rlimit limit = {LIMIT, LIMIT};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int wanted = 0; wanted < 24; wanted++) {
        boxd_error error = BOXD_ERROR_INIT;
        const int count = leave_descriptors(wanted, taken, LIMIT);
        boxd_compute *c = boxd_compute_open(
            BOXD_OPTIONS(boxd_compute_options, .timeout_ms = 2000, .dispatch = SURFACES[_i].dispatch),
            &error);
        boxd_identity *who = c ? boxd_compute_whoami(c, NULL, &error) : NULL;
        ck_assert_int_eq(who == NULL, error.status != BOXD_OK);
        opened += who != NULL;
        boxd_identity_free(who);
        ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
        for (int i = 0; i < count; i++)
            close(taken[i]);
    }
    ck_assert_int_gt(opened, 0);
}
END_TEST

/* ---- threads that are cancelled ---- */

static boxd_call_options stuck_call = BOXD_CALL_OPTIONS_INIT;
static boxd_error stuck_error = BOXD_ERROR_INIT;
static atomic_bool returned;

static void *call_and_return(void *data)
{
    (void)data;
    boxd_identity_free(boxd_compute_whoami(compute, &stuck_call, &stuck_error));
    atomic_store(&returned, true);
    pthread_testcancel();
    return NULL;
}

/* A thread in a blocking call ends only after the call, because the library writes to its stack until then.
 */
START_TEST(thread_cancelled_in_a_call)
{
    pthread_t thread;
    void *end = NULL;
    e2e_open(_i, NULL);
    stuck_call.cancel = boxd_cancel_token_new();
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    pthread_create(&thread, NULL, call_and_return, NULL);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    pthread_cancel(thread);
    boxd_cancel_token_cancel(stuck_call.cancel);
    pthread_join(thread, &end);
    ck_assert_ptr_eq(end, PTHREAD_CANCELED);
    ck_assert(atomic_load(&returned));
    e2e_expect(&stuck_error, BOXD_ERR_CANCELLED, "token");
    boxd_cancel_token_free(stuck_call.cancel);
    e2e_close();
}
END_TEST

/* Usage: embedding_e2e [--empty-root]: the tests in an empty root, or all others. */
int main(int argc, char **argv)
{
    Suite *suite = suite_create("embedding");
    if (argc == 2 && strcmp(argv[1], "--empty-root") == 0) {
        e2e_add(suite, without_files);
        return can_enter_empty_root() ? e2e_main(suite, NULL) : EXIT_SKIPPED;
    }
    e2e_add(suite, threads_block_signals_from_outside);
    e2e_add(suite, no_handlers);
    e2e_add(suite, descriptors_close_on_exec);
    e2e_add_once(suite, child_of_the_core_thread);
    e2e_add_once(suite, child_of_a_dispatch);
    e2e_add(suite, few_descriptors);
    e2e_add(suite, thread_cancelled_in_a_call);
    e2e_add(suite, child_of_an_open_client);
    e2e_add_manual(suite, child_with_a_ready_callback);
    e2e_add_once(suite, clients_of_children);
    e2e_add_once(suite, token_of_the_parent);
    return e2e_main(suite, NULL);
}
