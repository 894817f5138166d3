/*
 * process.c: the blocking functions for running commands and logs. Each one submits its async twin and
 * waits for the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread
 * of the client.
 */
#include "waiter.h"

#include <boxd/aio/process.h>
#include <boxd/process.h>

WAITER_CALLBACK(on_process, boxd_process)
WAITER_CALLBACK(on_result, boxd_exec_result)
WAITER_CALLBACK(on_logs, boxd_logs)

boxd_process *boxd_box_exec_stream(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                   boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_exec_stream(box, argv, options, on_process, &w));
}

boxd_process *boxd_box_exec_shell_stream(boxd_box *box, const char *line, const boxd_exec_options *options,
                                         boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_exec_shell_stream(box, line, options, on_process, &w));
}

/* ---- reading ---- */

static void on_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *w)
{
    (void)outcome;
    waiter_end(w, chunk, error);
}

/* A callback without an error and without a chunk means the end of the output. */
static boxd_read_status wait_for_chunk(waiter *w, boxd_chunk **chunk, boxd_error *error)
{
    boxd_chunk *got = waiter_wait(w, error);
    const boxd_read_status outcome = w->error.status != BOXD_OK ? BOXD_READ_ERROR
                                     : got                      ? BOXD_READ_DATA
                                                                : BOXD_READ_END;
    if (chunk)
        *chunk = got;
    else
        boxd_chunk_free(got);
    return outcome;
}

/* The body of a function that reads a chunk; compare WAIT_FOR_RESULT() in waiter.h. */
#define WAIT_FOR_CHUNK(submission)                                                                           \
    waiter w;                                                                                                \
    if (chunk)                                                                                               \
        *chunk = NULL;                                                                                       \
    if (!waiter_init(&w, __func__, error))                                                                   \
        return BOXD_READ_ERROR;                                                                              \
    submission;                                                                                              \
    return wait_for_chunk(&w, chunk, error)

boxd_read_status boxd_process_read(boxd_process *process, const boxd_call_options *call, boxd_chunk **chunk,
                                   boxd_error *error)
{
    WAIT_FOR_CHUNK(boxd_aio_process_read(process, call, on_chunk, &w));
}

boxd_read_status boxd_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                          boxd_chunk **chunk, boxd_error *error)
{
    WAIT_FOR_CHUNK(boxd_aio_process_read_stdout(process, call, on_chunk, &w));
}

boxd_read_status boxd_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                          boxd_chunk **chunk, boxd_error *error)
{
    WAIT_FOR_CHUNK(boxd_aio_process_read_stderr(process, call, on_chunk, &w));
}

/* ---- writing ---- */

/* The caller waits until the call has ended, so its data need not be copied. */
boxd_status boxd_process_write(boxd_process *process, const void *data, size_t size,
                               const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_process_write_nocopy(process, data, size, NULL, NULL, call, waiter_on_done, &w));
}

boxd_status boxd_process_write_eof(boxd_process *process, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_process_write_eof(process, call, waiter_on_done, &w));
}

boxd_status boxd_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                                const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_process_resize(process, cols, rows, call, waiter_on_done, &w));
}

/* ---- ending ---- */

typedef struct exit_waiter {
    waiter w;
    int exit_code;
    bool exit_confirmed;
} exit_waiter;

static void on_exit_code(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error,
                         void *data)
{
    exit_waiter *e = data;
    (void)status;
    e->exit_code = exit_code;
    e->exit_confirmed = exit_confirmed;
    waiter_end(&e->w, NULL, error);
}

boxd_status boxd_process_wait(boxd_process *process, const boxd_call_options *call, int *exit_code,
                              bool *exit_confirmed, boxd_error *error)
{
    exit_waiter e = {.exit_code = 0};
    if (!waiter_init(&e.w, __func__, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    boxd_aio_process_wait(process, call, on_exit_code, &e);
    const boxd_status status = waiter_wait_done(&e.w, error);
    if (status == BOXD_OK && exit_code)
        *exit_code = e.exit_code;
    if (status == BOXD_OK && exit_confirmed)
        *exit_confirmed = e.exit_confirmed;
    return status;
}

boxd_exec_result *boxd_process_result(boxd_process *process, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_process_result(process, call, on_result, &w));
}

boxd_status boxd_process_close(boxd_process *process, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_process_close(process, call, waiter_on_done, &w));
}

/* ---- logs ---- */

boxd_logs *boxd_box_stream_logs(boxd_box *box, const boxd_box_stream_logs_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_stream_logs(box, options, on_logs, &w));
}

boxd_read_status boxd_logs_read(boxd_logs *logs, const boxd_call_options *call, boxd_chunk **chunk,
                                boxd_error *error)
{
    WAIT_FOR_CHUNK(boxd_aio_logs_read(logs, call, on_chunk, &w));
}

boxd_status boxd_logs_close(boxd_logs *logs, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_logs_close(logs, call, waiter_on_done, &w));
}
