/*
 * stream.c: the run of a stream and its steps. Called by rpc_stream.c and boxd/process: on any thread to
 * make streams and steps, and on the core thread for everything else.
 */
#include "boxd/stream/stream.h"

#include "container_of.h"
#include "errors.h"

static stream_run *run_of(request *r)
{
    return CONTAINER_OF(r, stream_run, request);
}

/* ---- the handle ---- */

void *stream_begin(record *r, size_t size, boxd_compute *compute, const stream_class *class)
{
    base_stream *s = handle_begin(r, size, compute, NULL);
    if (!s)
        return NULL;
    s->class = class;
    s->end = boxd_cancel_token_new();
    stream_io_init(&s->thread_data.io, RESENT_BY_QUEUE);
    s->thread_data.outcome = (boxd_error)BOXD_ERROR_INIT;
    return s;
}

void *stream_end(record *r, boxd_error *error)
{
    const base_stream *begun = record_struct(r);
    boxd_cancel_token *end = begun ? begun->end : NULL;
    base_stream *s = handle_end(r, error);
    if (s && end)
        return s;
    error_no_memory(error, "opening a stream");
    handle_free(s);
    boxd_cancel_token_free(end);
    return NULL;
}

void stream_unref(base_stream *s)
{
    if (!handle_unref(s))
        return;
    s->class->destroy(s);
    stream_io_clear(&s->thread_data.io);
    boxd_cancel_token_free(s->end);
    handle_destroy(s);
}

void stream_cancel(base_stream *s)
{
    boxd_cancel_token_cancel(s->end);
}

/* ---- steps ---- */

void stream_step_destroy(request *r)
{
    stream_step *step = stream_step_of(r);
    if (step->stream)
        stream_unref(step->stream);
}

void stream_step_stop_with_run(request *r)
{
    (void)r;
}

void *stream_step_new(size_t size, base_stream *s, const request_kind *kind, const request_setup *setup)
{
    request_setup whole = *setup;
    if (s) {
        whole.compute = s->handle.compute;
        whole.subject = s->handle.subject;
    }
    whole.default_timeout_ms = BOXD_NO_TIMEOUT;
    stream_step *step = request_new(size, kind, &whole);
    if (!step)
        return NULL;
    step->stream = handle_ref(s);
    if (s) /* the stream has a slot */
        request_drop_slot(&step->request);
    return step;
}

void stream_end_step(stream_step **place, const boxd_error *error)
{
    stream_step *step = *place;
    *place = NULL;
    if (step)
        request_finish(&step->request, error);
}

void stream_end_steps(linked_list *steps, const boxd_error *error)
{
    for (list_node *node; (node = list_pop(steps));)
        request_finish(&CONTAINER_OF(node, stream_step, node)->request, error);
}

void stream_refusal(const request *r, const char *why, boxd_error *error)
{
    error_set(error, BOXD_ERR_FAILED_PRECONDITION, "%s: %s", r->subject, why);
}

/* ---- the run ---- */

static void run_stop(request *r)
{
    base_stream *s = run_of(r)->stream;
    if (!s->thread_data.io.ended)
        stream_io_stop(&s->thread_data.io);
    else if (s->class->stop && s->thread_data.run)
        s->class->stop(s);
}

static void run_end(loop_task *task)
{
    stream_run *run = CONTAINER_OF(task, stream_run, end_task);
    run_stop(&run->request);
    request_unref(&run->request);
}

/* On the firing thread, under the token's lock: the run is registered, so it and its loop are alive. */
static void end_fired(cancel_entry *entry)
{
    stream_run *run = CONTAINER_OF(entry, stream_run, end);
    request_ref(&run->request);
    loop_post(&run->request.compute->core.loop, &run->end_task, run_end);
}

void stream_finish(base_stream *s, const boxd_error *error)
{
    stream_run *run = s->thread_data.run;
    cancel_unregister(&run->end);
    s->thread_data.run = NULL;
    run->request.frame.op.ended_by_program = boxd_cancel_token_is_cancelled(s->end);
    request_finish(&run->request, error);
}

static void run_begin(request *r)
{
    stream_run *run = run_of(r);
    base_stream *s = run->stream;
    s->thread_data.run = run;
    cancel_register(&run->end, s->end, end_fired);
    if (s->class->begin)
        s->class->begin(s);
    stream_io_start(&s->thread_data.io, r, s->method, &s->class->events);
}

/* Called before the delivery of the run, which is on the core thread: also for a run that failed before it
 * began. */
static void run_over(request *r)
{
    base_stream *s = run_of(r)->stream;
    s->thread_data.over = true;
    s->thread_data.outcome = r->frame.op.error;
    s->class->over(s);
}

static void run_destroy(request *r)
{
    stream_run *run = run_of(r);
    call_clear(&run->stream->thread_data.io.call); /* the stream may outlive its client, and with it gRPC */
    stream_unref(run->stream);
}

/* The run is a part of the first step: so its end is delivered on the core thread in either dispatch mode.
 */
static stream_run *run_new(const stream_step *first, const request_setup *setup)
{
    base_stream *s = first->stream;
    static const request_kind kind = {run_begin, run_stop, run_over, run_destroy};
    request_setup whole = *setup;
    whole.compute = s->handle.compute;
    whole.default_timeout_ms = BOXD_NO_TIMEOUT;
    whole.sink = SINK(RESULT_DONE, NULL, NULL);
    const call_scope before = request_parts_begin(&first->request);
    stream_run *run = request_new(sizeof *run, &kind, &whole);
    request_parts_end(before);
    if (!run)
        return NULL;
    run->stream = handle_ref(s);
    return run;
}

/* The run gets the slot of the first step: a stream is a call in flight for as long as it is open. */
void stream_start(stream_step *first, const request_setup *setup)
{
    boxd_error *error = request_error(&first->request);
    if (error->status == BOXD_OK && first->stream) {
        stream_run *run = run_new(first, setup);
        if (run) {
            request_move_slot(&first->request, &run->request);
            request_submit(&run->request);
        } else {
            error_no_memory(error, "opening a stream");
        }
    }
    request_submit(&first->request);
}
