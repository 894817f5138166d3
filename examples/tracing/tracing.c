/*
 * A program with traces. Each step of the program is a span. The attempts that the library makes in that step
 * are child spans, and the service receives their traceparent header. Spans are written to standard output,
 * one per line; the log of the library and, at the end, its counters to standard error.
 *
 *     tracing            # after exporting the variables that boxd-emulator prints
 */
#include "bridge.h"
#include "span.h"

#include <boxd/boxd.h>

#include <stdio.h>

/* Runs one step of the program in a span of its own; `run` makes the calls. */
static bool step(const char *name, const span *root, bool (*run)(boxd_call_options, boxd_error *))
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    span *s = span_start(root, SPAN_INTERNAL, name);
    call.hook_data = s;
    const bool ok = run(call, &err);
    if (!ok) {
        boxd_error_print(&err, name);
        span_set_error(s, boxd_status_name(err.status));
    }
    span_end(s);
    return ok;
}

static boxd_compute *c;
static boxd_box *box;

static bool create(boxd_call_options call, boxd_error *err)
{
    box = boxd_box_create(c, BOXD_OPTIONS(boxd_box_create_options, .call = call), err);
    return box != NULL;
}

static bool run_command(boxd_call_options call, boxd_error *err)
{
    boxd_exec_result *r =
        boxd_box_exec(box, BOXD_ARGV("uname", "-s"), BOXD_OPTIONS(boxd_exec_options, .call = call), err);
    const bool ok = r && r->exit_code == 0;
    boxd_exec_result_free(r);
    return ok;
}

static bool destroy(boxd_call_options call, boxd_error *err)
{
    return boxd_box_destroy(box, &call, err) == BOXD_OK;
}

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_counters n = BOXD_COUNTERS_INIT;
    c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .hooks = &bridge_hooks), &err);
    if (!c) {
        boxd_error_print(&err, NULL);
        return 1;
    }
    span *root = span_start(NULL, SPAN_INTERNAL, "tracing");
    const bool ok = step("create", root, create) && step("run", root, run_command);
    const bool destroyed = !box || step("destroy", root, destroy);
    span_end(root);
    boxd_box_free(box);
    boxd_compute_get_counters(c, &n);
    fprintf(stderr, "%llu calls, %llu failed; %llu attempts, %llu failed; %llu bytes sent, %llu received\n",
            (unsigned long long)n.calls, (unsigned long long)n.failed, (unsigned long long)n.attempts,
            (unsigned long long)n.failed_attempts, (unsigned long long)n.sent_bytes,
            (unsigned long long)n.received_bytes);
    boxd_compute_close(c);
    return ok && destroyed ? 0 : 1;
}
