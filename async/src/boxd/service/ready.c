/*
 * ready.c: waits until a box runs commands: polls the state of the box until it can run one, then runs `true`
 * in it. Submitted on any thread; the rest runs on the core thread.
 */
#include "boxd/client/box.h"
#include "boxd/client/polling.h"
#include "errors.h"
#include "options.h"

#include <boxd/aio/box.h>
#include <boxd/aio/exec.h>

#define DEFAULT_TIMEOUT_MS 90000
/* The timeout of one attempt: a box that is not ready may never answer. */
#define COMMAND_TIMEOUT_MS 10000

static void on_command(boxd_exec_result *result, const boxd_error *error, void *data)
{
    polling *p = data;
    boxd_error own;
    polling_step_over(p, error);
    if (result && result->success) {
        polling_finish(p, NULL);
    } else if (result) {
        error_set(&own, BOXD_ERR_FAILED, "`true` ended with code %d", result->exit_code);
        polling_later(p, &own);
    } else {
        polling_later(p, error);
    }
    boxd_exec_result_free(result);
}

static void try_command(polling *p)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    if (!polling_step(p, &options.call))
        return;
    options.call.timeout_ms = COMMAND_TIMEOUT_MS;
    boxd_aio_box_exec_shell(p->request.box, "true", &options, on_command, p);
    step_submitted(&p->request);
}

static void on_status(boxd_box *box, const boxd_error *error, void *data)
{
    polling *p = data;
    const boxd_box_info *info = boxd_box_get_info(box);
    boxd_error own;
    polling_step_over(p, error);
    switch (info ? info->state : BOXD_BOX_UNKNOWN) {
    case BOXD_BOX_RUNNING:
    case BOXD_BOX_SUSPENDED:
    case BOXD_BOX_HIBERNATED:
        if (!polling_stopped(p))
            try_command(p);
        break;
    case BOXD_BOX_STOPPED:
    case BOXD_BOX_FAILED:
    case BOXD_BOX_DESTROYING:
    case BOXD_BOX_DESTROYED:
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "%s is %s and does not become ready%s",
                  p->request.subject, info->status,
                  info->state == BOXD_BOX_STOPPED ? "; start it with boxd_box_start()" : "");
        polling_finish(p, &own);
        break;
    default:
        if (info)
            error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "it is %s",
                      info->status ? info->status : "unknown");
        polling_later(p, info ? &own : error);
        break;
    }
    boxd_box_free(box);
}

static void ask(polling *p)
{
    boxd_call_options call;
    if (!polling_step(p, &call))
        return;
    boxd_aio_box_get(p->request.compute, boxd_box_id(p->request.box), &call, on_status, p);
    step_submitted(&p->request);
}

void boxd_aio_box_wait_until_ready(boxd_box *box, const boxd_box_wait_until_ready_options *options,
                                   boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_wait_until_ready_options opts;
    options_copy(&opts, OPTION_TYPE(boxd_box_wait_until_ready_options), options, &error);
    polling_submit(&(request_setup){.box = box,
                                    .call = &opts.call,
                                    .default_timeout_ms = DEFAULT_TIMEOUT_MS,
                                    .sink = SINK(RESULT_DONE, callback, user_data)},
                   ask, NULL, NULL, opts.interval_ms, &error);
}
