#include "core/observe.h"

#include "core/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024 };

static bool logs(const observer *o, boxd_log_level level)
{
    return o->hooks.log && level <= (o->hooks.log_level ? o->hooks.log_level : BOXD_LOG_INFO);
}

void observe_log(const observer *o, boxd_log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    if (!logs(o, level))
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    thread_enter_callback();
    o->hooks.log(level, line, o->hooks.user_data);
    thread_leave_callback();
}

/* "/boxd.api.v1.BoxdApi/CreateVm" is CreateVm in the log. */
static const char *short_name(const char *method)
{
    const char *last = method[0] == '/' ? strrchr(method, '/') : NULL;
    return last ? last + 1 : method;
}

void observe_begin(observer *o, attempt *a, boxd_metadata *extra)
{
    a->is.size = sizeof a->is;
    a->is.number++;
    a->is.grpc_code = -1;
    a->is.peer = "";
    a->is.status = BOXD_OK;
    a->is.sent_bytes = a->is.received_bytes = 0;
    a->is.http_status = 0;
    a->is.duration_us = 0;
    a->span = NULL;
    a->begun_ns = clock_now();
    a->running = true;
    observe_count(&o->attempts, 1);
    if (!o->hooks.attempt_begin)
        return;
    thread_enter_callback();
    a->span = o->hooks.attempt_begin(&a->is, extra, o->hooks.user_data);
    thread_leave_callback();
}

void observe_end(observer *o, attempt *a)
{
    if (!a->running)
        return;
    a->running = false;
    a->is.duration_us = (clock_now() - a->begun_ns) / 1000;
    observe_count(&o->failed_attempts, a->is.status != BOXD_OK);
    observe_count(&o->sent_bytes, a->is.sent_bytes);
    observe_count(&o->received_bytes, a->is.received_bytes);
    if (logs(o, BOXD_LOG_DEBUG))
        observe_log(o, BOXD_LOG_DEBUG, "%s: %s after %lld us, attempt %u, %llu bytes sent, %llu received, %s",
                    short_name(a->is.method), boxd_status_name(a->is.status), (long long)a->is.duration_us,
                    (unsigned)a->is.number, (unsigned long long)a->is.sent_bytes,
                    (unsigned long long)a->is.received_bytes, *a->is.peer ? a->is.peer : "no connection");
    if (!o->hooks.attempt_end)
        return;
    thread_enter_callback();
    o->hooks.attempt_end(&a->is, a->span, o->hooks.user_data);
    thread_leave_callback();
}

void observe_counters(const core *c, const observer *o, boxd_counters *counters)
{
    boxd_counters known = BOXD_COUNTERS_INIT;
    if (!counters || counters->size <= sizeof counters->size)
        return;
    if (c && !core_is_copy(c)) {
        core_count(c, &known);
        known.attempts = observe_counted(&o->attempts);
        known.failed_attempts = observe_counted(&o->failed_attempts);
        known.exchanges = observe_counted(&o->exchanges);
        known.sent_bytes = observe_counted(&o->sent_bytes);
        known.received_bytes = observe_counted(&o->received_bytes);
        known.streams = observe_counted(&o->streams);
        known.connections = observe_counted(&o->connections);
    }
    known.size = counters->size < sizeof known ? counters->size : sizeof known;
    memcpy(counters, &known, known.size);
}
