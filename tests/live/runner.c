/*
 * runner.c: the parent's side of a run: starts the child, reads its reports, ends it. See runner.h. The
 * reports are lines of JSON on a pipe.
 */
#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "clean.h"

/* How long the child may take to end after it was asked to, beyond the create that may be in flight. */
enum { AFTER_CREATE_MS = 30000 };

typedef struct {
    results *results;
    pid_t child;
    int reports, signals;
    /* The id of the check that runs, or "". */
    char running[64];
    /* An incomplete line. */
    char *line;
    size_t length;
    int64_t deadline_ms, end_ms;
    /* The child was asked to end: this many times. */
    int asked;
} run;

static void print_result(const result *it)
{
    (void)fprintf(stderr, "  %-26s %s%s%s%s%s\n", outcome_name(it->outcome), it->check->id,
                  it->outcome == RESULT_AGREES ? "" : ": ", it->outcome == RESULT_AGREES ? "" : it->seen,
                  it->why[0] != '\0' && it->seen[0] != '\0' ? "; " : "", it->why);
}

static void take_line(run *r, const char *text)
{
    json_t *report = json_loads(text, 0, NULL);
    const char *begins = json_string_value(json_object_get(report, "begins"));
    const json_t *used = json_object_get(report, "used");
    if (begins != NULL) {
        (void)snprintf(r->running, sizeof r->running, "%s", begins);
    } else if (used != NULL) {
        r->results->used.boxes = (unsigned)json_integer_value(json_object_get(used, "boxes"));
        r->results->used.disks = (unsigned)json_integer_value(json_object_get(used, "disks"));
        r->results->used.exchanges = (unsigned)json_integer_value(json_object_get(used, "exchanges"));
    } else {
        const result *it = results_take(r->results, report);
        r->running[0] = '\0';
        if (it != NULL)
            print_result(it);
    }
    json_decref(report);
}

/* False: the child has closed the pipe. */
static bool read_reports(run *r)
{
    char bytes[8192];
    const ssize_t n = read(r->reports, bytes, sizeof bytes);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    r->line = realloc(r->line, r->length + (size_t)n + 1);
    if (r->line == NULL)
        abort();
    memcpy(r->line + r->length, bytes, (size_t)n);
    r->length += (size_t)n;
    r->line[r->length] = '\0';
    char *at = r->line;
    for (char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        *end = '\0';
        take_line(r, at);
    }
    r->length -= (size_t)(at - r->line);
    memmove(r->line, at, r->length + 1);
    return true;
}

/* The first time the child is asked to end, then it is killed. */
static void end_child(run *r, const char *why)
{
    if (r->results->ended[0] == '\0')
        (void)snprintf(r->results->ended, sizeof r->results->ended, "%s", why);
    (void)kill(r->child, r->asked++ == 0 ? SIGTERM : SIGKILL);
    r->deadline_ms = clean_now_ms() + r->end_ms;
}

static void take_signal(run *r)
{
    struct signalfd_siginfo info;
    if (read(r->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (r->asked)
        (void)fprintf(stderr, "boxd-live: %s: ending the checks at once\n", strsignal((int)info.ssi_signo));
    else
        (void)fprintf(stderr,
                      "boxd-live: %s: ending the checks within %lld s; press Ctrl-C again to end them at "
                      "once\n",
                      strsignal((int)info.ssi_signo), (long long)(r->end_ms / 1000));
    end_child(r, "a signal ended the checks");
}

static void watch(run *r)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = r->reports, .events = POLLIN}, {.fd = r->signals, .events = POLLIN}};
        const int64_t left = r->deadline_ms - clean_now_ms();
        if (poll(fds, 2, left > 0 ? (int)(left < 60000 ? left : 60000) : 0) < 0 && errno != EINTR)
            abort();
        if ((fds[1].revents & POLLIN) != 0)
            take_signal(r);
        if (fds[0].revents != 0 && !read_reports(r))
            return;
        if (clean_now_ms() >= r->deadline_ms)
            end_child(r, "the time of the budget was over");
    }
}

/* What the end of the child says. False: the checks have not begun. */
static bool take_end(run *r)
{
    int status = 0;
    while (waitpid(r->child, &status, 0) < 0 && errno == EINTR) {
    }
    if (r->results->ended[0] == '\0' && WIFSIGNALED(status))
        (void)snprintf(r->results->ended, sizeof r->results->ended,
                       "the program crashed (%s) in the check %s", strsignal(WTERMSIG(status)),
                       r->running[0] ? r->running : "none");
    else if (r->results->ended[0] == '\0' && WEXITSTATUS(status) != 0)
        (void)snprintf(r->results->ended, sizeof r->results->ended, "the checks ended with status %d",
                       WEXITSTATUS(status));
    result *it = results_find(r->results, r->running);
    if (it != NULL)
        (void)snprintf(it->why, sizeof it->why, "%s", r->results->ended);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == CHECKS_NOT_BEGUN);
}

bool runner_run(results *found, const live_settings *settings, const live_product *product, journal *j)
{
    int ends[2];
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    if (pipe(ends) != 0)
        abort();
    (void)fflush(NULL);
    run r = {.results = found,
             .reports = ends[0],
             .child = fork(),
             .end_ms = product->create_ms + AFTER_CREATE_MS};
    if (r.child < 0)
        abort();
    if (r.child == 0) {
        (void)close(ends[0]);
        _exit(checks_run(found, settings, product, j, ends[1]));
    }
    (void)close(ends[1]);
    (void)fprintf(stderr, "boxd-live: the checks run in process %d\n", (int)r.child);
    r.signals = signalfd(-1, &signals, SFD_CLOEXEC);
    r.deadline_ms =
        clean_now_ms() + 1000 * (settings->max_seconds ? settings->max_seconds : product->budget.seconds);
    watch(&r);
    const bool begun = take_end(&r);
    (void)close(r.signals);
    (void)close(ends[0]);
    free(r.line);
    return begun;
}
