/*
 * ready.c: waiting until a command runs in a box. An operation made of others: the box's status is asked
 * until it could run one, then `true` is tried in it.
 */
#include "box.h"
#include "clock.h"
#include "errors.h"
#include "options.h"

#include <boxd/aio/box.h>
#include <boxd/aio/exec.h>

#include <stddef.h>

#define DEFAULT_TIMEOUT_MS 90000
#define DEFAULT_INTERVAL_MS 500
#define COMMAND_TIMEOUT_MS 10000 /* of one try: a box that is not ready may keep it for ever */

typedef struct ready {
    request request;
    timer pause;
    int64_t interval_ms;
    boxd_error last; /* what stood in the way */
} ready;

static ready *ready_of(request *r)
{
    return (ready *)(void *)r;
}

static void finish_stopped(ready *w)
{
    request *r = &w->request;
    boxd_error error;
    const boxd_error *reason = &r->op.thread_data.stop_error;
    error_set(&error, reason->status, "waiting for %s ended early: %s%s%.300s", r->subject, reason->message,
              w->last.status ? "; what stood in the way last: " : "", w->last.message);
    error.retryable = reason->status == BOXD_ERR_TIMEOUT;
    request_finish(r, &error);
}

static void ask(ready *w);

static void on_pause(timer *t)
{
    ask((ready *)(void *)((char *)t - offsetof(ready, pause)));
}

/* Not yet, because of `error`: once more after a pause, unless waiting is over or cannot help. */
static void try_later(ready *w, const boxd_error *error)
{
    request *r = &w->request;
    if (request_stopping(r)) {
        finish_stopped(w);
        return;
    }
    switch (error->status) {
    case BOXD_ERR_CONNECTION:
    case BOXD_ERR_TIMEOUT:
    case BOXD_ERR_INTERNAL:
    case BOXD_ERR_FAILED:
    case BOXD_ERR_FAILED_PRECONDITION:
    case BOXD_ERR_NO_EXIT_STATUS:
        w->last = *error;
        loop_timer_set(&r->compute->core.loop, &w->pause, clock_after_ms(w->interval_ms), on_pause);
        break;
    default:
        request_finish(r, error);
        break;
    }
}

static void on_command(boxd_exec_result *result, const boxd_error *error, void *data)
{
    ready *w = data;
    boxd_error own;
    step_over(&w->request);
    if (result && result->success) {
        request_finish(&w->request, NULL);
    } else if (result) {
        error_set(&own, BOXD_ERR_FAILED, "`true` ended with code %d", result->exit_code);
        try_later(w, &own);
    } else {
        try_later(w, error);
    }
    boxd_exec_result_free(result);
}

static void try_command(ready *w)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    if (!step_begin(&w->request, &options.call)) {
        error_no_memory(&w->last, "waiting for a box");
        request_finish(&w->request, &w->last);
        return;
    }
    options.call.timeout_ms = COMMAND_TIMEOUT_MS;
    boxd_aio_box_exec_shell(w->request.box, "true", &options, on_command, w);
    step_submitted(&w->request);
}

static void on_status(boxd_box *box, const boxd_error *error, void *data)
{
    ready *w = data;
    const boxd_box_info *info = boxd_box_get_info(box);
    boxd_error own;
    step_over(&w->request);
    switch (info ? info->state : BOXD_BOX_UNKNOWN) {
    case BOXD_BOX_RUNNING:
    case BOXD_BOX_SUSPENDED:
    case BOXD_BOX_HIBERNATED:
        if (request_stopping(&w->request))
            finish_stopped(w);
        else
            try_command(w);
        break;
    case BOXD_BOX_STOPPED:
    case BOXD_BOX_FAILED:
    case BOXD_BOX_DESTROYING:
    case BOXD_BOX_DESTROYED:
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "%s is %s, which waiting does not change%s",
                  w->request.subject, info->status,
                  info->state == BOXD_BOX_STOPPED ? "; start it with boxd_box_start()" : "");
        request_finish(&w->request, &own);
        break;
    default:
        if (info)
            error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "it is %s",
                      info->status ? info->status : "unknown");
        try_later(w, info ? &own : error);
        break;
    }
    boxd_box_free(box);
}

static void ask(ready *w)
{
    boxd_call_options call;
    if (!step_begin(&w->request, &call)) {
        error_no_memory(&w->last, "waiting for a box");
        request_finish(&w->request, &w->last);
        return;
    }
    boxd_aio_box_get(w->request.compute, boxd_box_id(w->request.box), &call, on_status, w);
    step_submitted(&w->request);
}

/* ---- the operation ---- */

static void begin(request *r)
{
    ask(ready_of(r));
}

static void stop(request *r)
{
    loop_timer_clear(&r->compute->core.loop, &ready_of(r)->pause);
    finish_stopped(ready_of(r));
}

static const request_kind ready_kind = {begin, stop, NULL, NULL};

void boxd_aio_box_wait_until_ready(boxd_box *box, const boxd_box_wait_options *options, boxd_done_cb callback,
                                   void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_wait_options known;
    options_copy(&known, sizeof known, options, "boxd_box_wait_options", &error);
    if (error.status == BOXD_OK && known.interval_ms < 0)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT,
                  "interval_ms is %lld; give milliseconds, or 0 for the default",
                  (long long)known.interval_ms);
    ready *w = request_new(sizeof *w, &ready_kind,
                           &(request_setup){.box = box,
                                            .call = &known.call,
                                            .call_in_options = true,
                                            .fault = &error,
                                            .default_timeout_ms = DEFAULT_TIMEOUT_MS,
                                            .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!w)
        return;
    w->last = (boxd_error)BOXD_ERROR_INIT;
    w->interval_ms = known.interval_ms ? known.interval_ms : DEFAULT_INTERVAL_MS;
    request_submit(&w->request);
}
