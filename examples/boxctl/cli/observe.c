/* -v and --trace: lines on standard error about what the library does. The functions run on the client's core
 * thread. */
#include "cli/observe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* The end of a line: a terminal in raw mode, as during `shell`, does not return to the first column itself.
 */
static const char *line_end(void)
{
    struct termios mode;
    return tcgetattr(STDERR_FILENO, &mode) == 0 && !(mode.c_oflag & OPOST) ? "\r\n" : "\n";
}

static void on_log(boxd_log_level level, const char *line, void *user_data)
{
    static const char *const NAMES[] = {"", "error", "warning", "info", "debug"};
    (void)user_data;
    fprintf(stderr, "boxctl: %s: %s%s", level <= BOXD_LOG_DEBUG ? NAMES[level] : "log", line, line_end());
}

/* The time of this machine's zone, with milliseconds. */
static void clock_text(char *to, size_t size)
{
    struct timespec now;
    struct tm parts;
    char text[16] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &parts))
        strftime(text, sizeof text, "%H:%M:%S", &parts);
    snprintf(to, size, "%s.%03ld", text, now.tv_nsec / 1000000);
}

static void on_attempt_end(const boxd_attempt *attempt, void *span, void *user_data)
{
    (void)span;
    (void)user_data;
    char now[32], again[32] = "", http[16] = "";
    clock_text(now, sizeof now);
    const char *slash = strrchr(attempt->method, '/');
    const char *name = *attempt->method == '/' && slash ? slash + 1 : attempt->method;
    if (attempt->number > 1)
        snprintf(again, sizeof again, ", attempt %" PRIu32, attempt->number);
    if (attempt->http_status != 0)
        snprintf(http, sizeof http, " (%" PRId32 ")", attempt->http_status);
    fprintf(stderr,
            "boxctl: %s %s: %s%s, %" PRId64 ".%" PRId64 " ms, %" PRIu64 " B sent, %" PRIu64
            " B received%s%s%s%s",
            now, name, attempt->status == BOXD_OK ? "ok" : boxd_status_name(attempt->status), http,
            attempt->duration_us / 1000, attempt->duration_us / 100 % 10, attempt->sent_bytes,
            attempt->received_bytes, *attempt->peer ? ", " : "", attempt->peer, again, line_end());
}

const boxd_hooks *observe_hooks(int verbose, bool trace)
{
    static boxd_hooks hooks;
    hooks = (boxd_hooks){.size = sizeof hooks,
                         .log = verbose > 0 ? on_log : NULL,
                         .log_level = verbose > 1 ? BOXD_LOG_DEBUG : BOXD_LOG_INFO,
                         .attempt_end = trace ? on_attempt_end : NULL};
    return verbose > 0 || trace ? &hooks : NULL;
}
