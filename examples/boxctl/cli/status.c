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

static void *draw_later(void *data)
{
    const int64_t at = clock_ms(CLOCK_MONOTONIC) + AFTER_MS;
    const struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    (void)data;
    pthread_mutex_lock(&status.lock);
    while (!status.ends && clock_ms(CLOCK_MONOTONIC) < at)
        pthread_cond_timedwait(&status.ended, &status.lock, &until);
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
    pthread_condattr_t clock;
    if (c->quiet || c->verbose > 0 || c->trace || status.has_thread || !isatty(STDERR_FILENO))
        return;
    fflush(stdout);
    boxd_printable(what, status.what, sizeof status.what);
    status.ends = status.is_shown = false;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&status.ended, &clock);
    pthread_condattr_destroy(&clock);
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
