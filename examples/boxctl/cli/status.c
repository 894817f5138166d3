/* A line on the terminal while boxctl waits, as "waiting for web ...". It is erased before anything else is
 * printed. A thread draws it after a moment: a call that ends at once shows no line. */
#include "cli/run.h"

#include "cli/output.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

enum { AFTER_MS = 500 };

static struct {
    char what[64];
    pthread_t thread;
    /* of the main thread */
    bool has_thread;
    /* the rest is under the lock */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool ends, is_shown;
} status = {.lock = PTHREAD_MUTEX_INITIALIZER};

void timed_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &clock);
    pthread_condattr_destroy(&clock);
}

void timed_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t at_ms)
{
    const struct timespec until = {.tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000};
    pthread_cond_timedwait(cond, lock, &until);
}

static void *draw_later(void *data)
{
    const int64_t at = clock_ms(CLOCK_MONOTONIC) + AFTER_MS;
    (void)data;
    pthread_mutex_lock(&status.lock);
    while (!status.ends && clock_ms(CLOCK_MONOTONIC) < at)
        timed_cond_wait(&status.ended, &status.lock, at);
    if (!status.ends) {
        fprintf(stderr, "waiting for %s ...", status.what);
        fflush(stderr);
        status.is_shown = true;
    }
    pthread_mutex_unlock(&status.lock);
    return NULL;
}

void cli_waiting(const cli *c, const char *what)
{
    if (c->quiet || c->verbose > 0 || c->trace || status.has_thread || !isatty(STDERR_FILENO))
        return;
    fflush(stdout);
    boxd_printable(what, status.what, sizeof status.what);
    status.ends = status.is_shown = false;
    timed_cond_init(&status.ended);
    status.has_thread = pthread_create(&status.thread, NULL, draw_later, NULL) == 0;
}

void cli_waited(void)
{
    if (!status.has_thread)
        return;
    pthread_mutex_lock(&status.lock);
    status.ends = true;
    pthread_cond_signal(&status.ended);
    pthread_mutex_unlock(&status.lock);
    pthread_join(status.thread, NULL);
    pthread_cond_destroy(&status.ended);
    status.has_thread = false;
    if (!status.is_shown)
        return;
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
}
