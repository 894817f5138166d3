#include "boxd/process/process_steps.h"

#include "boxd/client/number.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"

#include <boxd/aio/process.h>

#include <string.h>

/* ---- lists ---- */

void step_list_add(step_list *list, stream_step *step)
{
    step->next = NULL;
    if (!list->first)
        list->last = &list->first;
    *list->last = step;
    list->last = &step->next;
}

void step_list_remove(step_list *list, stream_step *step)
{
    for (stream_step **place = &list->first; *place; place = &(*place)->next) {
        if (*place != step)
            continue;
        *place = step->next;
        if (!*place)
            list->last = place;
        return;
    }
}

step_list step_list_take_all(step_list *list)
{
    step_list all = *list;
    *list = (step_list){0};
    return all;
}

void step_list_end(step_list *list, const boxd_error *error)
{
    while (list->first) {
        stream_step *step = list->first;
        list->first = step->next;
        request_finish(&step->request, error);
    }
}

/* ---- serving them ---- */

NUMBER_RESULT_TYPE(RESULT_EXIT, boxd_exit_cb, int);

static const boxd_error *outcome_of(const boxd_process *p)
{
    const boxd_error *outcome = &p->stream.thread_data.outcome;
    return outcome->status == BOXD_OK ? NULL : outcome;
}

static void serve_reader(boxd_process *p, side_index where)
{
    stream_step **reader = &p->thread_data.readers[where];
    if (!*reader)
        return;
    (*reader)->request.result = output_next(&p->thread_data.output, where);
    if ((*reader)->request.result) {
        stream_end_step(reader, NULL);
        loop_timer_clear(process_loop(p), &p->thread_data.unread); /* somebody reads, if slowly */
    } else if (p->stream.thread_data.over) {
        stream_end_step(reader, outcome_of(p));
    }
}

/* Gives one that waits for the end what it wants: the code, or all there is. */
static void serve_waiting(boxd_process *p, stream_step *step)
{
    boxd_error error = p->stream.thread_data.outcome;
    request *r = &step->request;
    if (error.status == BOXD_OK && r->sink.type == &RESULT_EXIT)
        r->result = number_keep((uint64_t)p->thread_data.exit_code, &error);
    else if (error.status == BOXD_OK && !(r->result = process_take_result(p)))
        error_no_memory(&error, "keeping what a command left");
    if (error.status == BOXD_ERR_NO_MEMORY)
        process_describe(p, &error);
    request_finish(r, error.status == BOXD_OK ? NULL : &error);
}

void steps_serve(boxd_process *p)
{
    for (int i = 0; i <= SIDES; i++)
        serve_reader(p, (side_index)i);
    if (!p->stream.thread_data.over)
        return;
    for (step_list all = step_list_take_all(&p->thread_data.waiting); all.first; all.first = all.first->next)
        serve_waiting(p, all.first);
    step_list_end(&p->thread_data.closing, NULL);
    input_end_steps(p, outcome_of(p));
}

/* ---- a full side that nobody reads ---- */

static bool has_steps(const boxd_process *p)
{
    const input *in = &p->thread_data.input;
    return p->thread_data.waiting.first || p->thread_data.readers[SIDE_OUT] ||
           p->thread_data.readers[SIDE_ERR] || in->writes.first || in->resizes.first || in->resizing.first;
}

/* Whether all that is under way waits for somebody to read. Then nothing is being read from the box, and
 * nothing is being written to a descriptor: that would make room. */
static bool is_stuck(const boxd_process *p)
{
    return !p->stream.thread_data.over && !p->stream.thread_data.reading && has_steps(p) &&
           !output_has_room(&p->thread_data.output) && output_fullest(&p->thread_data.output) != SIDES &&
           !transfers_writing(p);
}

/* Moves steps of the input to another list. */
static void drop_all(boxd_process *p, step_list *from, step_list *to)
{
    while (from->first) {
        stream_step *step = from->first;
        input_drop_step(p, step);
        step_list_add(to, step);
    }
}

static void end_all(boxd_process *p, boxd_error *error)
{
    input *in = &p->thread_data.input;
    step_list dropped = {0};
    drop_all(p, &in->writes, &dropped);
    drop_all(p, &in->resizes, &dropped);
    drop_all(p, &in->resizing, &dropped);
    process_describe(p, error);
    step_list_end(&dropped, error);
    stream_end_step(&p->thread_data.readers[SIDE_OUT], error);
    stream_end_step(&p->thread_data.readers[SIDE_ERR], error);
    step_list_end(&p->thread_data.waiting, error);
}

static void on_unread(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.unread);
    boxd_error error;
    if (!is_stuck(p))
        return;
    const bool err = output_fullest(&p->thread_data.output) == SIDE_ERR;
    error_set_sent(&error, BOXD_ERR_UNREAD_OUTPUT, BOXD_SENT_UNKNOWN,
                   "%s: its %s is full, and nobody has read it for %d ms, so that nothing can go on; read it "
                   "(boxd_process_read() reads both), or merge or discard it",
                   p->stream.handle.subject, err ? "stderr" : "stdout", p->unread_ms);
    end_all(p, &error);
}

void steps_watch_unread(boxd_process *p)
{
    timer *unread = &p->thread_data.unread;
    if (p->unread_ms < 0 || !is_stuck(p))
        loop_timer_clear(process_loop(p), unread);
    else if (!unread->set)
        loop_timer_set(process_loop(p), unread, clock_after_ms(p->unread_ms), on_unread);
}

/* ---- steps in general ---- */

static boxd_process *process_of_step(request *r)
{
    return process_of(stream_step_of(r)->stream);
}

/* Ends it as an invalid use. */
static void refuse(request *r, const char *why)
{
    boxd_error error;
    stream_refusal(r, why, &error);
    process_describe(process_of_step(r), &error);
    request_finish(r, &error);
}

/* The client is being closed, and with it the run, which ends the step with what became of the command. */
static bool ends_with_run(request *r)
{
    return r->op.thread_data.stop_error.status == BOXD_ERR_CLOSED &&
           !stream_step_of(r)->stream->thread_data.over;
}

/* A step that gives up: the command goes on. */
static void finish_stopped(request *r, const char *doing, boxd_sent sent)
{
    const boxd_process *p = process_of_step(r);
    boxd_error error;
    request_stop_error(r, doing, sent, &error);
    process_describe(p, &error);
    if (error.command == BOXD_COMMAND_RUNNING)
        error_append(&error, "; it goes on");
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

static void read_begin(request *r, side_index where)
{
    boxd_process *p = process_of_step(r);
    if (!is_pipe(p, where)) {
        static const char *const whys[] = {
            "its stdout is no pipe: options.out says what becomes of it",
            "its stderr is no pipe: options.err says what becomes of it",
            "its output is no pipe on either side: options.out and options.err "
            "say what becomes of them"};
        refuse(r, whys[where]);
    } else if (is_being_read(p, where)) {
        refuse(r, "another read of it is under way; wait until that has ended");
    } else {
        p->thread_data.readers[where] = stream_step_of(r);
        process_advance(p);
    }
}

static void read_any_begin(request *r)
{
    read_begin(r, SIDES);
}

static void read_out_begin(request *r)
{
    read_begin(r, SIDE_OUT);
}

static void read_err_begin(request *r)
{
    read_begin(r, SIDE_ERR);
}

static void read_stop(request *r)
{
    boxd_process *p = process_of_step(r);
    if (ends_with_run(r))
        return;
    for (int i = 0; i <= SIDES; i++)
        if (p->thread_data.readers[i] == stream_step_of(r))
            p->thread_data.readers[i] = NULL;
    finish_stopped(r, "reading from", BOXD_SENT_NO);
    process_advance(p);
}

void boxd_aio_process_read(boxd_process *process, const boxd_call_options *call, boxd_chunk_cb callback,
                           void *user_data)
{
    static const request_kind kind = {read_any_begin, read_stop, NULL, stream_step_destroy};
    submit(process, &kind, call, SINK(RESULT_CHUNK, callback, user_data));
}

void boxd_aio_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                  boxd_chunk_cb callback, void *user_data)
{
    static const request_kind kind = {read_out_begin, read_stop, NULL, stream_step_destroy};
    submit(process, &kind, call, SINK(RESULT_CHUNK, callback, user_data));
}

void boxd_aio_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                  boxd_chunk_cb callback, void *user_data)
{
    static const request_kind kind = {read_err_begin, read_stop, NULL, stream_step_destroy};
    submit(process, &kind, call, SINK(RESULT_CHUNK, callback, user_data));
}

/* ---- writing ---- */

static void write_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    input *in = &p->thread_data.input;
    const write_step *w = write_step_of(stream_step_of(r));
    if (in->mode != BOXD_INPUT_PIPE) {
        refuse(r, "its input is no pipe: options.in says where it comes from");
    } else if (in->closed && !w->ends) {
        refuse(r, "its input was ended by boxd_process_write_eof(); nothing can follow");
    } else {
        in->closed = in->closed || w->ends;
        step_list_add(&in->writes, stream_step_of(r));
        process_advance(p);
    }
}

static void resize_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    input *in = &p->thread_data.input;
    const write_step *w = write_step_of(stream_step_of(r));
    if (!p->pty || in->ended) {
        request_finish(r, NULL);
        return;
    }
    in->cols = w->cols;
    in->rows = w->rows;
    in->resized = true;
    step_list_add(&in->resizes, stream_step_of(r));
    process_advance(p);
}

static void write_stop(request *r)
{
    boxd_process *p = process_of_step(r);
    const write_step *w = write_step_of(stream_step_of(r));
    if (ends_with_run(r))
        return;
    input_drop_step(p, stream_step_of(r));
    if (w->sent > 0)
        error_append(&r->op.thread_data.stop_error, "; %zu of its %zu bytes were accepted", w->sent, w->size);
    finish_stopped(r, "writing to", w->sent > 0 ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO);
    process_advance(p);
}

/* The bytes are the program's again before it hears of the end. */
static void write_delivering(request *r)
{
    write_step *w = write_step_of(stream_step_of(r));
    if (w->release)
        w->release(w->release_data);
    w->release = NULL;
}

static void write_destroy(request *r)
{
    write_step *w = write_step_of(stream_step_of(r));
    write_delivering(r);
    mem_free(w->copy);
    stream_step_destroy(r);
}

static const request_kind write_kind = {write_begin, write_stop, write_delivering, write_destroy};

static bool check_data(write_step *w, const void *data, size_t size)
{
    if (size > 0 && !data)
        error_set(request_error(&w->step.request), BOXD_ERR_INVALID_ARGUMENT,
                  "%s: data is NULL, but size is %zu", w->step.request.subject, size);
    return request_error(&w->step.request)->status == BOXD_OK;
}

void boxd_aio_process_write_nocopy(boxd_process *process, const void *data, size_t size,
                                   boxd_release_cb release, void *release_data, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data)
{
    write_step *w = step_new(sizeof *w, process, &write_kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!w) {
        if (release)
            release(release_data);
        return;
    }
    w->data = data;
    w->size = size;
    w->release = release;
    w->release_data = release_data;
    check_data(w, data, size);
    request_submit(&w->step.request);
}

void boxd_aio_process_write(boxd_process *process, const void *data, size_t size,
                            const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    write_step *w = step_new(sizeof *w, process, &write_kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!w)
        return;
    w->size = size;
    if (check_data(w, data, size) && size > 0) {
        w->data = w->copy = mem_alloc(size);
        if (w->copy)
            memcpy(w->copy, data, size);
        else
            error_no_memory(request_error(&w->step.request), "writing to a command");
    }
    request_submit(&w->step.request);
}

void boxd_aio_process_write_eof(boxd_process *process, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data)
{
    write_step *w = step_new(sizeof *w, process, &write_kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!w)
        return;
    w->ends = true;
    request_submit(&w->step.request);
}

void boxd_aio_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                             const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {resize_begin, write_stop, NULL, write_destroy};
    write_step *w = step_new(sizeof *w, process, &kind, call, SINK(RESULT_DONE, callback, user_data));
    if (!w)
        return;
    w->cols = cols;
    w->rows = rows;
    if (request_error(&w->step.request)->status == BOXD_OK && (cols == 0 || rows == 0))
        error_set(request_error(&w->step.request), BOXD_ERR_INVALID_ARGUMENT,
                  "%s: a size of %u columns and %u rows is none; give at least 1 of each",
                  w->step.request.subject, cols, rows);
    request_submit(&w->step.request);
}

/* ---- the end ---- */

void process_result_begin(request *r)
{
    step_list_add(&process_of_step(r)->thread_data.waiting, stream_step_of(r));
    process_advance(process_of_step(r));
}

static void wait_stop(request *r)
{
    if (ends_with_run(r))
        return;
    step_list_remove(&process_of_step(r)->thread_data.waiting, stream_step_of(r));
    finish_stopped(r, "waiting for", BOXD_SENT_NO);
    process_advance(process_of_step(r));
}

static const request_kind wait_kind = {process_result_begin, wait_stop, NULL, stream_step_destroy};

void boxd_aio_process_wait(boxd_process *process, const boxd_call_options *call, boxd_exit_cb callback,
                           void *user_data)
{
    submit(process, &wait_kind, call, SINK(RESULT_EXIT, callback, user_data));
}

void boxd_aio_process_result(boxd_process *process, const boxd_call_options *call,
                             boxd_exec_result_cb callback, void *user_data)
{
    submit(process, &wait_kind, call, SINK(RESULT_EXEC, callback, user_data));
}

static void close_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    step_list_add(&p->thread_data.closing, stream_step_of(r));
    stream_cancel(&p->stream);
    process_advance(p);
}

static void close_stop(request *r)
{
    if (ends_with_run(r))
        return;
    step_list_remove(&process_of_step(r)->thread_data.closing, stream_step_of(r));
    finish_stopped(r, "closing", BOXD_SENT_NO);
}

static const request_kind close_kind = {close_begin, close_stop, NULL, stream_step_destroy};

void boxd_aio_process_close(boxd_process *process, const boxd_call_options *call, boxd_done_cb callback,
                            void *user_data)
{
    submit(process, &close_kind, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_process_free(boxd_process *process)
{
    if (!process)
        return;
    stream_cancel(&process->stream);
    stream_unref(&process->stream);
}
