/*
 * Ctrl-C: a thread waits for SIGINT, SIGTERM and SIGHUP and fires the cancel token of the calls in flight.
 * This is not done in a signal handler, because a cancel token must not be fired in one.
 */
#include "cli/boxctl.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static pthread_t waiter;
static atomic_int interrupt_signal;

/* The signals that are not ignored: nohup ignores some, and so does a shell for background jobs. */
static void ending_signals(sigset_t *set)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        struct sigaction now;
        if (sigaction(SIGNALS[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(set, SIGNALS[i]);
    }
}

static void *wait_for_signals(void *cancel)
{
    sigset_t set;
    ending_signals(&set);
    int found = 0;
    if (sigwait(&set, &found) != 0)
        return NULL;
    atomic_store(&interrupt_signal, found);
    boxd_cancel_token_cancel(cancel);
    /* Calls end at once. A read of standard input does not, so the program ends after two seconds. */
    const struct timespec grace = {.tv_sec = 2};
    sigtimedwait(&set, NULL, &grace);
    _exit(EXIT_SIGNAL + found);
}

bool interrupt_begin(boxd_cancel_token *cancel)
{
    sigset_t set;
    ending_signals(&set);
    return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 &&
           pthread_create(&waiter, NULL, wait_for_signals, cancel) == 0;
}

void interrupt_end(void)
{
    pthread_cancel(waiter);
    pthread_join(waiter, NULL);
}

int interrupted_by(void)
{
    return atomic_load(&interrupt_signal);
}
