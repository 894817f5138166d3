/*
 * logs.c: a box's log: a process that is only read, and has no exit code. Called by the
 * program on any thread.
 */
#include "boxd/client/box.h"
#include "boxd/process/process.h"
#include "errors.h"
#include "options.h"

#include <boxd/aio/process.h>

struct boxd_logs {
    boxd_process process;
};

static const process_kind LOGS = {
    .method = {.name = "StreamLogs",
               .path = METHOD_PATH("StreamLogs"),
               .harmless = true,
               .instead =
                   "boxd_box_exec_stream(), for example with `tail -f` on the log file of the program"},
    .noun = "the log of ",
    .box_field = 1,
    .survives_stop = true};

static boxd_process *process_of_logs(boxd_logs *logs)
{
    return logs ? &logs->process : NULL;
}

void boxd_logs_free(boxd_logs *logs)
{
    boxd_process_free(process_of_logs(logs));
}

static void free_logs(void *logs)
{
    boxd_logs_free(logs);
}

RESULT_TYPE(RESULT_LOGS, boxd_logs_cb, free_logs);

void boxd_aio_box_stream_logs(boxd_box *box, const boxd_box_stream_logs_options *options,
                              boxd_logs_cb callback, void *user_data)
{
    boxd_exec_options exec_opts = {.size = sizeof exec_opts, .in = {.mode = BOXD_INPUT_CLOSED}};
    boxd_box_stream_logs_options opts = BOXD_BOX_STREAM_LOGS_OPTIONS_INIT;
    stream_step *step = process_opening_new(box, SINK(RESULT_LOGS, callback, user_data));
    if (!step)
        return;
    boxd_error *error = request_error(&step->request);
    if (error->status == BOXD_OK &&
        options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_stream_logs_options), options, error) == BOXD_OK) {
        BoxdPb__StreamLogsRequest first = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
        first.follow = opts.follow;
        exec_opts.liveness_ms = opts.liveness_ms;
        boxd_process *p = process_new(&(process_setup){box, &LOGS, &exec_opts, true, &first.base, 0}, error);
        step->stream = p ? &p->stream : NULL;
    }
    stream_start(step, &(request_setup){.box = box, .call = &opts.call, .call_in_options = true});
}

void boxd_aio_logs_read(boxd_logs *logs, const boxd_call_options *call, boxd_chunk_cb callback,
                        void *user_data)
{
    boxd_aio_process_read(process_of_logs(logs), call, callback, user_data);
}

void boxd_aio_logs_close(boxd_logs *logs, const boxd_call_options *call, boxd_done_cb callback,
                         void *user_data)
{
    boxd_aio_process_close(process_of_logs(logs), call, callback, user_data);
}
