/*
 * A traced program. Each thing it does is a span; the attempts that the library makes for it are that span's
 * children, and the service gets their traceparent, so that its own spans would be theirs. Spans go to
 * standard output, one line each; the library's log and, at the end, its counters to standard error.
 *
 *     tracing            # after `export` of what boxd-emulator prints
 */
#include "bridge.h"
#include "span.h"

#include <boxd/boxd.h>

#include <stdio.h>

/* One step of the program, in a span of its own; `what` makes the calls. */
static bool step(const char *name, const span *whole, bool (*what)(boxd_call_options, boxd_error *))
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    span *s = span_start(whole, SPAN_INTERNAL, name);
    call.hook_data = s;
    const bool good = what(call, &err);
    if (!good) {
        fprintf(stderr, "%s: %s: %s\n", name, boxd_status_name(err.status), err.message);
        span_set_error(s, boxd_status_name(err.status));
    }
    span_end(s);
    return good;
}

static boxd_compute *c;
static boxd_box *box;

static bool create(boxd_call_options call, boxd_error *err)
{
    box = boxd_box_create(c, BOXD_OPTIONS(boxd_box_create_options, .call = call), err);
    return box != NULL;
}

static bool run(boxd_call_options call, boxd_error *err)
{
    boxd_exec_result *r =
        boxd_box_exec(box, BOXD_ARGV("uname", "-s"), BOXD_OPTIONS(boxd_exec_options, .call = call), err);
    const bool good = r && r->exit_code == 0;
    boxd_exec_result_free(r);
    return good;
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
        fprintf(stderr, "%s: %s\n", boxd_status_name(err.status), err.message);
        return 1;
    }
    span *whole = span_start(NULL, SPAN_INTERNAL, "tracing");
    const bool good = step("create", whole, create) && step("run", whole, run);
    const bool gone = !box || step("destroy", whole, destroy);
    span_end(whole);
    boxd_box_free(box);
    boxd_compute_get_counters(c, &n);
    fprintf(stderr, "%llu calls, %llu failed; %llu attempts, %llu failed; %llu bytes sent, %llu received\n",
            (unsigned long long)n.calls, (unsigned long long)n.failed, (unsigned long long)n.attempts,
            (unsigned long long)n.failed_attempts, (unsigned long long)n.sent_bytes,
            (unsigned long long)n.received_bytes);
    boxd_compute_close(c);
    return good && gone ? 0 : 1;
}
