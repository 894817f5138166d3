/*
 * waiting_steps.c: finishes the program's calls on a process when their condition is met. Called by process.c
 * after each change, on the core thread. Finishing a step only posts: no callback runs here.
 */
#include "boxd/process/waiting_steps.h"

#include "boxd/process/exec_result.h"
#include "boxd/process/process_outcome.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"

static const boxd_error *outcome_of(const boxd_process *p)
{
    const boxd_error *outcome = &p->stream.thread_data.outcome;
    return outcome->status == BOXD_OK ? NULL : outcome;
}

static void complete_read(boxd_process *p, side_index where)
{
    stream_step **reader = &p->thread_data.readers[where];
    if (!*reader || (p->thread_data.reads_postponed && !p->stream.thread_data.over))
        return;
    chunk *next = output_next(&p->thread_data.output, where);
    if (next) {
        request_set_result(&(*reader)->request, next);
        stream_end_step(reader, NULL);
        loop_timer_clear(process_loop(p), &p->thread_data.unread); /* the program reads, even if slowly */
    } else if (p->stream.thread_data.over) {
        stream_end_step(reader, outcome_of(p));
    }
}

static process_exit *keep_exit(const command_exit *e)
{
    process_exit *kept = mem_alloc(sizeof *kept);
    if (kept)
        *kept = (process_exit){.code = e->code, .confirmed = exit_is_confirmed(e)};
    return kept;
}

/* The exit codes of a shell that cannot run a command. */
enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

static const char *find_warning(const boxd_process *p, char *why, size_t size)
{
    const int code = p->thread_data.exit.code;
    const bool failed = code == EXIT_NOT_EXECUTABLE || code == EXIT_NOT_FOUND;
    return failed && process_describe_size(p, why, size) ? why : NULL;
}

/* The result is the exit code or the whole result, depending on the callback. */
static void complete_wait(boxd_process *p, stream_step *step)
{
    const command_exit *e = &p->thread_data.exit;
    boxd_error error = p->stream.thread_data.outcome;
    request *r = &step->request;
    void *result = NULL;
    char why[256];
    if (error.status == BOXD_OK) {
        result = r->frame.sink.type == &RESULT_EXEC
                     ? (void *)exec_result_new(&p->thread_data.output, e, find_warning(p, why, sizeof why))
                     : keep_exit(e);
        if (!result) {
            error_set_sent(&error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                           "out of memory: storing the result of %s", p->stream.handle.subject);
            process_describe(p, &error);
        }
    }
    request_set_result(r, result);
    request_finish(r, error.status == BOXD_OK ? NULL : &error);
}

/* ---- the input ---- */

static request *request_of_item(input_item *item)
{
    return &CONTAINER_OF(item, input_step, item)->step.request;
}

void steps_complete_input(boxd_process *p)
{
    input_item *item;
    while ((item = input_pop_completed(&p->thread_data.input)))
        request_finish(request_of_item(item), NULL);
}

/* Ends an item in `error`, with how much of it was sent. */
static void fail_item(input_item *item, const boxd_error *error)
{
    boxd_error own = *error;
    own.sent = input_describe_sent(item, &own);
    request_finish(request_of_item(item), &own);
}

/* The stream is over: after a successful end a resize is complete, but a write fails. */
static void end_input(boxd_process *p)
{
    const boxd_error *outcome = outcome_of(p);
    input_stream_over(&p->thread_data.input, !outcome);
    steps_complete_input(p);
    linked_list left = input_remove_all(&p->thread_data.input);
    if (list_is_empty(&left))
        return;
    boxd_error refused;
    error_set(&refused, BOXD_ERR_FAILED_PRECONDITION, "%s has ended and takes no more input",
              p->stream.handle.subject);
    process_describe(p, &refused);
    for (list_node *node; (node = list_pop(&left));) {
        input_item *item = CONTAINER_OF(node, input_item, node);
        if (!outcome && item->kind == INPUT_RESIZE)
            request_finish(request_of_item(item), NULL);
        else
            fail_item(item, outcome ? outcome : &refused);
    }
}

void steps_complete(boxd_process *p)
{
    for (int i = 0; i <= SIDES; i++)
        complete_read(p, (side_index)i);
    if (!p->stream.thread_data.over)
        return;
    for (list_node *node; (node = list_pop(&p->thread_data.ending));)
        complete_wait(p, CONTAINER_OF(node, stream_step, node));
    stream_end_steps(&p->thread_data.closing, NULL);
    end_input(p);
}

/* ---- unread output ---- */

static bool has_steps(const boxd_process *p)
{
    return !list_is_empty(&p->thread_data.ending) || p->thread_data.readers[SIDE_OUT] ||
           p->thread_data.readers[SIDE_ERR] || input_has_items(&p->thread_data.input);
}

/* Whether the waiting steps depend on a read by the program: no message is being requested from the box, and
 * no chunk is being written to a descriptor, which would free memory. */
static bool is_stuck(const boxd_process *p)
{
    return !p->stream.thread_data.over && !p->stream.thread_data.io.reading && has_steps(p) &&
           !output_accepts(&p->thread_data.output) && output_fullest(&p->thread_data.output) != SIDES &&
           !transfers_writing(p->transfers);
}

/* The readers of both sides stay, because there is output to read. */
static void fail_steps(boxd_process *p, boxd_error *error)
{
    linked_list removed = input_remove_all(&p->thread_data.input);
    process_describe(p, error);
    for (list_node *node; (node = list_pop(&removed));)
        fail_item(CONTAINER_OF(node, input_item, node), error);
    stream_end_step(&p->thread_data.readers[SIDE_OUT], error);
    stream_end_step(&p->thread_data.readers[SIDE_ERR], error);
    stream_end_steps(&p->thread_data.ending, error);
}

static void on_unread(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.unread);
    boxd_error error;
    if (!is_stuck(p))
        return;
    const bool err = output_fullest(&p->thread_data.output) == SIDE_ERR;
    error_set_sent(
        &error, BOXD_ERR_UNREAD_OUTPUT, BOXD_SENT_NO,
        "%s: its %s is full and was not read for %lld ms: read it (boxd_process_read() reads both), "
        "merge it or discard it",
        p->stream.handle.subject, err ? "stderr" : "stdout", (long long)p->unread_ms);
    fail_steps(p, &error);
}

void steps_watch_unread(boxd_process *p)
{
    timer *unread = &p->thread_data.unread;
    if (p->unread_ms < 0 || !is_stuck(p))
        loop_timer_clear(process_loop(p), unread);
    else if (!unread->set)
        loop_timer_set(process_loop(p), unread, clock_after_ms(p->unread_ms), on_unread);
}
