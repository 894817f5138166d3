/*
 * The handlers of a program for crashes run for faults in its callbacks, on every thread on which the library
 * calls the program. Each fault is in a process of its own, which the handler ends.
 */
#include "embedding_case.h"

#include <boxd/aio/account.h>
#include <boxd/aio/compute.h>
#include <drukbox/aio/client.h>
#include <drukbox/aio/host.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a child whose handler ran on the right thread and stack. */
enum { HANDLED = 42, WRONG_STACK, WRONG_SIGNAL, SURVIVED };

/* ---- faults ---- */

static void read_protected(int number)
{
    (void)number;
    const volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)*page;
}

/* Behind the end of a file, as when another process has cut a mapped file. */
static void read_beyond_file(int number)
{
    (void)number;
    const int file = memfd_create("empty", MFD_CLOEXEC);
    const volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    (void)*page;
}

static void call_abort(int number)
{
    (void)number;
    abort();
}

static void raise_it(int number)
{
    raise(number);
}

static const struct fault {
    int number;
    void (*happen)(int number);
} FAULTS[] = {
    {SIGSEGV, read_protected}, {SIGBUS, read_beyond_file}, {SIGABRT, call_abort}, {SIGABRT, raise_it},
    {SIGFPE, raise_it},        {SIGILL, raise_it},         {SIGTRAP, raise_it},   {SIGSYS, raise_it},
};

static const struct fault *fault;

/* ---- the program ---- */

enum { STACK_SIZE = 64 * 1024 };

static bool alternate;
static char other_stack[STACK_SIZE];

static void on_crash(int number)
{
    const char *here = __builtin_frame_address(0); /* ASan may put a variable elsewhere */
    const bool on_other = here >= other_stack && here < other_stack + STACK_SIZE;
    _exit(number != fault->number ? WRONG_SIGNAL : on_other != alternate ? WRONG_STACK : HANDLED);
}

static void crash(void)
{
    const stack_t stack = {.ss_sp = other_stack, .ss_size = STACK_SIZE};
    if (alternate)
        sigaltstack(&stack, NULL);
    fault->happen(fault->number);
    _exit(SURVIVED);
}

static void crash_in_done(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)status;
    (void)error;
    (void)user_data;
    crash();
}

static void crash_in_identity(boxd_identity *identity, const boxd_error *error, void *user_data)
{
    (void)identity;
    crash_in_done(BOXD_OK, error, user_data);
}

static void crash_in_hosts(drukbox_hosts *hosts, const boxd_error *error, void *user_data)
{
    (void)hosts;
    crash_in_done(BOXD_OK, error, user_data);
}

static void *crash_in_hook(const boxd_attempt *info, boxd_metadata *extra, void *user_data)
{
    (void)info;
    (void)extra;
    (void)user_data;
    crash();
    return NULL;
}

static const boxd_hooks CRASHING = {.size = sizeof CRASHING, .attempt_begin = crash_in_hook};

static boxd_compute *open_boxd(const boxd_hooks *hooks)
{
    return boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = REFUSING_URL, .token = "token",
                                          .hooks = hooks, .read_retries = -1),
                             NULL);
}

static drukbox_client *open_drukbox(const boxd_hooks *hooks)
{
    return drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = REFUSING_URL, .token = "token", .hooks = hooks),
        NULL);
}

static void in_boxd_callback(void)
{
    boxd_aio_compute_whoami(open_boxd(NULL), NULL, crash_in_identity, NULL);
}

static void in_boxd_hook(void)
{
    boxd_aio_compute_whoami(open_boxd(&CRASHING), NULL, NULL, NULL);
}

static void in_boxd_close(void)
{
    boxd_aio_compute_close(open_boxd(NULL), crash_in_done, NULL);
}

static void in_drukbox_callback(void)
{
    drukbox_aio_host_list(open_drukbox(NULL), NULL, crash_in_hosts, NULL);
}

static void in_drukbox_hook(void)
{
    drukbox_aio_host_list(open_drukbox(&CRASHING), NULL, NULL, NULL);
}

static void in_drukbox_close(void)
{
    drukbox_aio_client_close(open_drukbox(NULL), crash_in_done, NULL);
}

static void (*const PLACES[])(void) = {in_boxd_callback,    in_boxd_hook,    in_boxd_close,
                                       in_drukbox_callback, in_drukbox_hook, in_drukbox_close};

/* The program waits on a thread that blocks all signals, as programs do that take signals on one thread. */
static _Noreturn void run_program(void (*place)(void), bool blocking)
{
    const struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < COUNT(FAULTS); i++)
        sigaction(FAULTS[i].number, &action, NULL);
    if (blocking)
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    place();
    for (;;)
        pause();
}

START_TEST(handlers_run)
{
    void (*const place)(void) = PLACES[_i];
    for (size_t i = 0; i < 4 * COUNT(FAULTS); i++) {
        int status = 0;
        fault = &FAULTS[i / 4];
        alternate = i % 2;
        const pid_t child = fork();
        if (child == 0)
            run_program(place, i % 4 >= 2);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == HANDLED,
                      "place %d, fault %zu (signal %d): the process ended with status %x", _i, i,
                      fault->number, (unsigned)status);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crash");
    embedding_add(suite, handlers_run, COUNT(PLACES));
    return embedding_run(suite);
}
