/*
 * process_steps.c: the program's calls on a process, as operations: reads, writes, resizes, waits,
 * closes. Each begins and stops on the core thread; the process finishes those that wait
 * (waiting_steps.c).
 */
#include "boxd/process/exec_result.h"
#include "boxd/process/process.h"
#include "boxd/process/process_outcome.h"
#include "boxd/process/waiting_steps.h"
#include "errors.h"
#include "mem.h"

#include <boxd/aio/process.h>

#include <string.h>

/* ---- steps in general ---- */

static void call_exit(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    const process_exit *e = result;
    ((boxd_exit_cb)callback)(error ? error->status : BOXD_OK, e ? e->code : 0, e && e->confirmed, error,
                             user_data);
    mem_free(result);
}

static const result_type RESULT_EXIT = {call_exit, mem_free};

static input_step *input_step_of(request *r)
{
    return CONTAINER_OF(stream_step_of(r), input_step, step);
}

/* Finishes a step that is an invalid use. */
static void refuse(request *r, const char *why)
{
    boxd_error error;
    stream_refusal(r, why, &error);
    process_describe(process_of_step(r), &error);
    request_finish(r, &error);
}

/* Whether the client is being closed: then the run ends too, and finishes the step with the command's state.
 */
static bool ends_with_run(request *r)
{
    return request_stop_reason(r)->status == BOXD_ERR_CLOSED && !stream_step_of(r)->stream->thread_data.over;
}

/* Finishes a step that timed out or was cancelled: the command continues. */
static void finish_stopped(request *r, const char *doing, boxd_sent sent)
{
    const boxd_process *p = process_of_step(r);
    boxd_error error;
    request_stop_error(r, doing, sent, &error);
    process_describe(p, &error);
    if (error.command == BOXD_COMMAND_RUNNING)
        error_append(&error, "; the command keeps running");
    request_finish(r, &error);
}

static void *step_new(size_t size, boxd_process *p, const request_kind *kind, const boxd_call_options *call,
                      sink callback)
{
    return stream_step_new(size, p ? &p->stream : NULL, kind,
                           &(request_setup){.call = call, .sink = callback});
}

static void submit(boxd_process *p, const request_kind *kind, const boxd_call_options *call, sink callback)
{
    stream_step *step = step_new(sizeof *step, p, kind, call, callback);
    if (step)
        request_submit(&step->request);
}

/* ---- reading ---- */

static void call_chunk(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    const boxd_read_status outcome = error ? BOXD_READ_ERROR : result ? BOXD_READ_DATA : BOXD_READ_END;
    ((boxd_chunk_cb)callback)(outcome, result, error, user_data);
}

static void free_chunk(void *c)
{
    boxd_chunk_free(c);
}

static const result_type RESULT_CHUNK = {call_chunk, free_chunk};

static bool is_pipe(const boxd_process *p, side_index where)
{
    const side *sides = p->thread_data.output.sides;
    if (where == SIDES)
        return is_pipe(p, SIDE_OUT) || is_pipe(p, SIDE_ERR);
    return sides[where].mode == BOXD_OUTPUT_PIPE;
}

static bool is_being_read(const boxd_process *p, side_index where)
{
    const stream_step *const *readers = (const stream_step *const *)p->thread_data.readers;
    return readers[SIDES] || readers[where] || (where == SIDES && (readers[SIDE_OUT] || readers[SIDE_ERR]));
}

/* A read of one side, or with SIDES of either. */
typedef struct read_step {
    stream_step step;
    side_index where;
} read_step;

static void read_begin(request *r)
{
    static const char *const not_pipes[] = {
        "its stdout is not a pipe: options.out sets where it goes",
        "its stderr is not a pipe: options.err sets where it goes",
        "neither its stdout nor its stderr is a pipe: options.out and options.err set where they go"};
    boxd_process *p = process_of_step(r);
    stream_step *step = stream_step_of(r);
    const side_index where = CONTAINER_OF(step, read_step, step)->where;
    if (!is_pipe(p, where)) {
        refuse(r, not_pipes[where]);
    } else if (is_being_read(p, where)) {
        refuse(r, "another read is in progress; wait until it has ended");
    } else {
        p->thread_data.readers[where] = step;
        process_advance(p);
    }
}

static void read_stop(request *r)
{
    boxd_process *p = process_of_step(r);
    stream_step *step = stream_step_of(r);
    if (ends_with_run(r))
        return;
    p->thread_data.readers[CONTAINER_OF(step, read_step, step)->where] = NULL;
    finish_stopped(r, "reading from", BOXD_SENT_NO);
    process_advance(p);
}

static void submit_read(boxd_process *p, side_index where, const boxd_call_options *call,
                        boxd_chunk_cb callback, void *user_data)
{
    static const request_kind kind = {read_begin, read_stop, NULL, stream_step_destroy};
    read_step *step = step_new(sizeof *step, p, &kind, call, SINK(RESULT_CHUNK, callback, user_data));
    if (!step)
        return;
    step->where = where;
    request_submit(&step->step.request);
}

void boxd_aio_process_read(boxd_process *process, const boxd_call_options *call, boxd_chunk_cb callback,
                           void *user_data)
{
    submit_read(process, SIDES, call, callback, user_data);
}

void boxd_aio_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                  boxd_chunk_cb callback, void *user_data)
{
    submit_read(process, SIDE_OUT, call, callback, user_data);
}

void boxd_aio_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                  boxd_chunk_cb callback, void *user_data)
{
    submit_read(process, SIDE_ERR, call, callback, user_data);
}

/* ---- writing ---- */

static void resize(boxd_process *p, input_step *step)
{
    input *in = &p->thread_data.input;
    if (!p->pty || in->ended) {
        request_finish(&step->step.request, NULL);
        return;
    }
    input_resize(in, step->cols, step->rows, &step->item);
    process_advance(p);
}

static void input_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    input_step *step = input_step_of(r);
    if (step->item.kind == INPUT_RESIZE) {
        resize(p, step);
        return;
    }
    const char *why = input_refusal(&p->thread_data.input, step->item.kind == INPUT_EOF);
    if (why) {
        refuse(r, why);
        return;
    }
    input_add(&p->thread_data.input, &step->item);
    process_advance(p);
}

static void input_stop(request *r)
{
    boxd_process *p = process_of_step(r);
    input_item *item = &input_step_of(r)->item;
    if (ends_with_run(r))
        return;
    input_remove(&p->thread_data.input, item);
    const boxd_sent sent = input_describe_sent(item, &r->frame.op.error);
    finish_stopped(r, "writing to", sent);
    process_advance(p);
}

/* The bytes belong to the program again before its callback runs. */
static void input_delivering(request *r)
{
    input_step *step = input_step_of(r);
    if (step->release)
        step->release(step->release_data);
    step->release = NULL;
}

static void input_destroy(request *r)
{
    input_delivering(r);
    mem_free(input_step_of(r)->copy);
    stream_step_destroy(r);
}

static input_step *input_step_new(boxd_process *p, input_item_kind what, const boxd_call_options *call,
                                  boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {input_begin, input_stop, input_delivering, input_destroy};
    input_step *step = step_new(sizeof *step, p, &kind, call, SINK(RESULT_DONE, callback, user_data));
    if (step)
        step->item.kind = what;
    return step;
}

/* The bytes of a write, unless the write is refused. */
static void set_data(input_step *step, const void *data, size_t size)
{
    step->item.data = data;
    step->item.size = size;
    if (size > 0 && !data)
        error_set(request_error(&step->step.request), BOXD_ERR_INVALID_ARGUMENT,
                  "%s: data is NULL, but size is %zu", step->step.request.subject, size);
}

void boxd_aio_process_write_nocopy(boxd_process *process, const void *data, size_t size,
                                   boxd_release_cb release, void *release_data, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data)
{
    input_step *step = input_step_new(process, INPUT_WRITE, call, callback, user_data);
    if (!step) {
        if (release)
            release(release_data);
        return;
    }
    step->release = release;
    step->release_data = release_data;
    set_data(step, data, size);
    request_submit(&step->step.request);
}

void boxd_aio_process_write(boxd_process *process, const void *data, size_t size,
                            const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    input_step *step = input_step_new(process, INPUT_WRITE, call, callback, user_data);
    if (!step)
        return;
    boxd_error *error = request_error(&step->step.request);
    set_data(step, data, size);
    if (error->status == BOXD_OK && size > 0) {
        step->item.data = step->copy = mem_alloc(size);
        if (step->copy)
            memcpy(step->copy, data, size);
        else
            error_no_memory(error, "writing to a command");
    }
    request_submit(&step->step.request);
}

void boxd_aio_process_write_eof(boxd_process *process, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data)
{
    input_step *step = input_step_new(process, INPUT_EOF, call, callback, user_data);
    if (step)
        request_submit(&step->step.request);
}

void boxd_aio_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                             const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    input_step *step = input_step_new(process, INPUT_RESIZE, call, callback, user_data);
    if (!step)
        return;
    step->cols = cols;
    step->rows = rows;
    boxd_error *error = request_error(&step->step.request);
    if (error->status == BOXD_OK && (cols == 0 || rows == 0))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "%s: invalid terminal size %ux%u: both must be at least 1", step->step.request.subject,
                  cols, rows);
    request_submit(&step->step.request);
}

/* ---- the end ---- */

static void wait_stop(request *r)
{
    boxd_process *p = process_of_step(r);
    if (ends_with_run(r))
        return;
    list_remove(&p->thread_data.ending, &stream_step_of(r)->node);
    finish_stopped(r, "waiting for", BOXD_SENT_NO);
    process_advance(p);
}

static void submit_wait(boxd_process *p, const boxd_call_options *call, sink callback)
{
    static const request_kind kind = {process_wait_begin, wait_stop, NULL, stream_step_destroy};
    submit(p, &kind, call, callback);
}

void boxd_aio_process_wait(boxd_process *process, const boxd_call_options *call, boxd_exit_cb callback,
                           void *user_data)
{
    submit_wait(process, call, SINK(RESULT_EXIT, callback, user_data));
}

void boxd_aio_process_result(boxd_process *process, const boxd_call_options *call,
                             boxd_exec_result_cb callback, void *user_data)
{
    submit_wait(process, call, SINK(RESULT_EXEC, callback, user_data));
}

static void close_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    list_append(&p->thread_data.closing, &stream_step_of(r)->node);
    stream_cancel(&p->stream);
    process_advance(p);
}

static void close_stop(request *r)
{
    if (ends_with_run(r))
        return;
    list_remove(&process_of_step(r)->thread_data.closing, &stream_step_of(r)->node);
    finish_stopped(r, "closing", BOXD_SENT_NO);
}

void boxd_aio_process_close(boxd_process *process, const boxd_call_options *call, boxd_done_cb callback,
                            void *user_data)
{
    static const request_kind kind = {close_begin, close_stop, NULL, stream_step_destroy};
    submit(process, &kind, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_process_free(boxd_process *process)
{
    if (!process)
        return;
    stream_cancel(&process->stream);
    stream_unref(&process->stream);
}
