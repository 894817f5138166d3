/* Turns the hooks of a client into spans. All functions run on the client's core thread; the log hook also on
 * the thread that opens the client. */
#include "bridge.h"

#include "span.h"

#include <stdio.h>
#include <string.h>

/* "/boxd.api.v1.BoxdApi/CreateVm" has a service and a method; "POST /api/v1/auth/token" is an HTTP route. */
static void set_method(span *s, const char *method)
{
    const char *slash = strrchr(method, '/');
    char service[64];
    if (method[0] != '/' || !slash) {
        span_set_text(s, "http.route", method);
        return;
    }
    (void)snprintf(service, sizeof service, "%.*s", (int)(slash - method - 1), method + 1);
    span_set_text(s, "rpc.system", "grpc");
    span_set_text(s, "rpc.service", service);
    span_set_text(s, "rpc.method", slash + 1);
}

static void *begin(const boxd_attempt *attempt, boxd_metadata *extra, void *user_data)
{
    (void)user_data;
    const char *name = attempt->method +
                       (attempt->method[0] == '/'); /* OpenTelemetry's names of RPCs have no leading slash */
    span *s = span_start(attempt->call_data, SPAN_CLIENT, name);
    if (s)
        boxd_metadata_add(extra, "traceparent", span_traceparent(s), NULL);
    set_method(s, attempt->method);
    span_set_int(s, "boxd.call", (int64_t)attempt->call_id);
    span_set_int(s, "boxd.attempt", attempt->number);
    return s;
}

static void end(const boxd_attempt *attempt, void *data, void *user_data)
{
    span *s = data;
    (void)user_data;
    span_set_text(s, "network.peer.address", attempt->peer);
    if (attempt->grpc_code >= 0)
        span_set_int(s, "rpc.grpc.status_code", attempt->grpc_code);
    if (attempt->http_status > 0)
        span_set_int(s, "http.response.status_code", attempt->http_status);
    span_set_int(s, "boxd.sent_bytes", (int64_t)attempt->sent_bytes);
    span_set_int(s, "boxd.received_bytes", (int64_t)attempt->received_bytes);
    if (attempt->status != BOXD_OK)
        span_set_error(s, boxd_status_name(attempt->status));
    span_end(s);
}

static void log_line(boxd_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    (void)user_data;
    fprintf(stderr, "boxd %s: %s\n", names[level], line);
}

const boxd_hooks bridge_hooks = {
    .size = sizeof(boxd_hooks),
    .attempt_begin = begin,
    .attempt_end = end,
    .log = log_line,
};
