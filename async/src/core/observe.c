/*
 * observe.c: calls the program's hooks and fills its counters. Called by the clients of both products on
 * their core threads; counters on any thread.
 */
#include "core/observe.h"

#include "core/clock.h"
#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What is cut off from the raw line would be cut off from the line. */
enum { LINE_SIZE = 1024, RAW_LINE_SIZE = 2 * LINE_SIZE };

static bool logs(const observer *o, boxd_log_level level)
{
    return o->hooks.log && level <= (o->hooks.log_level ? o->hooks.log_level : BOXD_LOG_INFO);
}

void observe_log(const observer *o, boxd_log_level level, const char *format, ...)
{
    char raw[RAW_LINE_SIZE], line[LINE_SIZE];
    if (!logs(o, level))
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    thread_enter_callback();
    o->hooks.log(level, text_printable(raw, line, sizeof line), o->hooks.user_data);
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
    a->info.size = sizeof a->info;
    a->info.number++;
    a->info.grpc_code = -1;
    a->info.peer = "";
    a->info.status = BOXD_OK;
    a->info.sent_bytes = a->info.received_bytes = 0;
    a->info.http_status = 0;
    a->info.duration_us = 0;
    a->span = NULL;
    a->begun_ns = clock_now();
    a->running = true;
    observe_count(&o->attempts, 1);
    metadata_init(extra);
    if (!o->hooks.attempt_begin)
        return;
    thread_enter_callback();
    a->span = o->hooks.attempt_begin(&a->info, extra, o->hooks.user_data);
    thread_leave_callback();
}

void observe_end(observer *o, attempt *a)
{
    if (!a->running)
        return;
    a->running = false;
    a->info.duration_us = (clock_now() - a->begun_ns) / 1000;
    observe_count(&o->failed_attempts, a->info.status != BOXD_OK);
    observe_count(&o->sent_bytes, a->info.sent_bytes);
    observe_count(&o->received_bytes, a->info.received_bytes);
    if (logs(o, BOXD_LOG_DEBUG))
        observe_log(o, BOXD_LOG_DEBUG, "%s: %s after %lld us, attempt %u, %llu bytes sent, %llu received, %s",
                    short_name(a->info.method), boxd_status_name(a->info.status),
                    (long long)a->info.duration_us, (unsigned)a->info.number,
                    (unsigned long long)a->info.sent_bytes, (unsigned long long)a->info.received_bytes,
                    *a->info.peer ? a->info.peer : "no connection");
    if (!o->hooks.attempt_end)
        return;
    thread_enter_callback();
    o->hooks.attempt_end(&a->info, a->span, o->hooks.user_data);
    thread_leave_callback();
}

void observe_counters(const core *c, const observer *o, boxd_counters *counters)
{
    boxd_counters all = BOXD_COUNTERS_INIT;
    if (!counters || counters->size <= sizeof counters->size)
        return;
    if (c && !core_is_copy(c)) {
        core_count(c, &all);
        all.attempts = observe_counted(&o->attempts);
        all.failed_attempts = observe_counted(&o->failed_attempts);
        all.exchanges = observe_counted(&o->exchanges);
        all.cached_tokens = observe_counted(&o->cached_tokens);
        all.sent_bytes = observe_counted(&o->sent_bytes);
        all.received_bytes = observe_counted(&o->received_bytes);
        all.streams = observe_counted(&o->streams);
        all.connections = observe_counted(&o->connections);
    }
    all.size = counters->size < sizeof all ? counters->size : sizeof all;
    memcpy(counters, &all, all.size);
}
