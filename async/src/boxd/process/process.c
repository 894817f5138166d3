#include "boxd/process/process.h"

#include "boxd/client/box.h"
#include "errors.h"

#define DEFAULT_LIVENESS_MS 5000
#define DEFAULT_UNREAD_MS 5000

/* ---- the handle ---- */

static void destroy(base_stream *s)
{
    boxd_process *p = process_of(s);
    transfers_close(p);
    terminal_unref(p->terminal);
    output_clear(&p->thread_data.output);
    input_clear(&p->thread_data.input);
    grpc_slice_unref(p->command);
}

/* ---- the end ---- */

boxd_error *process_failure(boxd_process *p)
{
    return &p->stream.thread_data.run->failure;
}

void process_fail(boxd_process *p)
{
    stream_fail(&p->stream);
}

void process_describe(const boxd_process *p, boxd_error *error)
{
    const side *sides = p->thread_data.output.sides;
    if (!p->kind->has_exit)
        return;
    error->command = p->stream.thread_data.over ? p->thread_data.state : BOXD_COMMAND_RUNNING;
    error->has_exit_code = p->thread_data.exited;
    error->exit_code = p->thread_data.exited ? p->thread_data.exit_code : 0;
    error->in_bytes = p->thread_data.input.accepted;
    error->out_bytes = sides[SIDE_OUT].bytes;
    error->err_bytes = sides[SIDE_ERR].bytes;
}

/* Statuses with which the service refuses to start a command. */
static bool is_refusal(int grpc_code)
{
    return grpc_code == GRPC_STATUS_INVALID_ARGUMENT || grpc_code == GRPC_STATUS_NOT_FOUND ||
           grpc_code == GRPC_STATUS_PERMISSION_DENIED || grpc_code == GRPC_STATUS_RESOURCE_EXHAUSTED ||
           grpc_code == GRPC_STATUS_FAILED_PRECONDITION || grpc_code == GRPC_STATUS_UNIMPLEMENTED ||
           grpc_code == GRPC_STATUS_UNAUTHENTICATED;
}

/* gRPC found the deadline passed before our own timer did. */
static bool is_late(const boxd_process *p)
{
    return p->stream.thread_data.run->request.op.timeout_ms > 0 &&
           p->thread_data.ended.grpc_code == GRPC_STATUS_DEADLINE_EXCEEDED;
}

static boxd_command_state state_of(const boxd_process *p, const boxd_error *error)
{
    const stream_run *run = p->stream.thread_data.run;
    if (p->thread_data.exited || p->thread_data.dead)
        return BOXD_COMMAND_ENDED;
    if (error->sent == BOXD_SENT_NO || (!p->thread_data.answered && is_refusal(error->grpc_code)))
        return BOXD_COMMAND_NOT_STARTED;
    if (run->call.cancel_sent && (run->call.stopped || is_late(p)))
        return BOXD_COMMAND_KILLED;
    return BOXD_COMMAND_UNKNOWN;
}

static const char *told_of(boxd_command_state state)
{
    switch (state) {
    case BOXD_COMMAND_NOT_STARTED:
        return "it was not started";
    case BOXD_COMMAND_KILLED:
        return "the service was told to kill it";
    case BOXD_COMMAND_ENDED:
        return "it had ended, but not all of its output was written to the descriptors given";
    default:
        return "it is not known whether the service was told to kill it: it may run on";
    }
}

/* A stop says what became of the command. */
static void describe_stop(const boxd_process *p, boxd_error *error)
{
    const request *r = &p->stream.thread_data.run->request;
    const boxd_error *reason = &r->op.thread_data.stop_error;
    const boxd_status status = reason->status ? reason->status
                               : is_late(p)   ? BOXD_ERR_TIMEOUT
                                              : BOXD_ERR_CANCELLED;
    const boxd_sent sent = p->thread_data.ended.sent;
    const char *subject = p->stream.handle.subject;
    if (status == BOXD_ERR_TIMEOUT)
        error_set_sent(error, status, sent, "%s did not end within %lld ms", subject,
                       (long long)r->op.timeout_ms);
    else
        error_set_sent(error, status, sent, "%s ended early: %s", subject,
                       reason->status ? reason->message : "it was closed");
    if (p->kind->has_exit)
        error_append(error, "; %s", told_of(p->thread_data.state));
    error->retryable = status == BOXD_ERR_TIMEOUT && p->thread_data.state == BOXD_COMMAND_NOT_STARTED;
}

/* What else than the RPC's own end there is to be said, once that was well. */
static void check_result(boxd_process *p, boxd_error *error)
{
    const side *sides = p->thread_data.output.sides;
    if (!p->kind->has_exit)
        return;
    if (!p->thread_data.answered) {
        error_set_sent(error, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "%s ended without an exit status; what became of it is not known",
                       p->stream.handle.subject);
        return;
    }
    p->thread_data.exited = true;
    if (p->thread_data.output.too_much)
        error_set_sent(
            error, BOXD_ERR_OUTPUT_LIMIT, BOXD_SENT_YES,
            "%s ended with exit code %d, but wrote %llu + %llu bytes (stdout + stderr), more than the "
            "%zu that are kept; raise max_output_bytes, keep its head or tail, or read it as a stream",
            p->stream.handle.subject, p->thread_data.exit_code, (unsigned long long)sides[SIDE_OUT].bytes,
            (unsigned long long)sides[SIDE_ERR].bytes, p->thread_data.output.max_bytes);
}

static bool is_stopping(const boxd_process *p)
{
    return request_stopping(&p->stream.thread_data.run->request) ||
           boxd_cancel_token_is_cancelled(p->stream.end);
}

/* Whether the RPC ended as it should, whatever else went wrong. */
static bool rpc_ended_well(const boxd_process *p)
{
    return p->thread_data.ended.status == BOXD_OK || (p->thread_data.lingering && !is_stopping(p));
}

static bool ended_well(const boxd_process *p)
{
    return p->stream.thread_data.run->failure.status == BOXD_OK && rpc_ended_well(p);
}

static void judge_end(boxd_process *p, boxd_error *error)
{
    const stream_run *run = p->stream.thread_data.run;
    const bool good = ended_well(p), flushed = transfers_flushed(p);
    p->thread_data.exited = rpc_ended_well(p) && p->thread_data.answered && p->kind->has_exit;
    p->thread_data.state = state_of(p, &p->thread_data.ended);
    if (good && flushed)
        check_result(p, error);
    else if (is_stopping(p) || is_late(p))
        describe_stop(p, error);
    else if (run->failure.status != BOXD_OK)
        *error = run->failure;
    else if (p->thread_data.dead && p->kind->has_exit) /* else it is at its end */
        error_set_sent(error, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "%s ended without an exit status: the box is %s", p->stream.handle.subject,
                       p->thread_data.dead);
    else if (!p->thread_data.dead)
        *error = p->thread_data.ended;
}

/* Whether what came for descriptors is still to be written: after an error, too, but not after a stop. */
static bool has_time(const boxd_process *p)
{
    return p->stream.thread_data.run->failure.status == BOXD_OK && !is_stopping(p) && !is_late(p);
}

void process_settle(boxd_process *p)
{
    const stream_run *run = p->stream.thread_data.run;
    if (!run || !run->ended || p->thread_data.probe.running)
        return;
    transfers_end(p, has_time(p));
    if (transfers_running(p))
        return;
    boxd_error error = BOXD_ERROR_INIT;
    judge_end(p, &error);
    stream_finish(&p->stream, error.status == BOXD_OK ? NULL : &error);
}

static void on_ended(base_stream *s, const boxd_error *error)
{
    boxd_process *p = process_of(s);
    p->thread_data.ended = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    liveness_end(p);
    process_settle(p);
}

static void on_stop(base_stream *s)
{
    process_settle(process_of(s));
}

/* ---- what comes ---- */

static void on_message(base_stream *s, grpc_byte_buffer *bytes)
{
    boxd_process *p = process_of(s);
    boxd_error *failure = process_failure(p);
    arrival a = {.where = SIDE_OUT};
    ProtobufCMessage *message = wire_unpack(p->kind->message, bytes, failure);
    grpc_byte_buffer_destroy(bytes);
    liveness_heard(p);
    if (message) {
        p->kind->read(message, &a);
        p->thread_data.dying = false;
        if (p->thread_data.lingering) /* what seemed to be the exit was not, and the stream is being ended */
            error_set_sent(failure, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                           "%s was ended: it wrote more after what seemed to be its exit", s->handle.subject);
        p->thread_data.answered = true;
        p->thread_data.exit_code = a.exit_code;
        p->thread_data.unconfirmed = a.data.len > 0 && a.exit_code == 0;
        p->thread_data.told = a.data.len == 0 && p->kind->has_exit;
        if (!output_add(&p->thread_data.output, a.where, message, a.data))
            error_set_sent(failure, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                           "out of memory: keeping the output of %s, which was ended", s->handle.subject);
    }
    if (failure->status != BOXD_OK)
        process_fail(p);
    process_advance(p);
}

/* ---- what goes ---- */

/* The first message, once the box's id is known. */
static void begin(base_stream *s)
{
    boxd_process *p = process_of(s);
    const bool closed = p->thread_data.input.mode == BOXD_INPUT_CLOSED;
    const wire_field box = {p->kind->box_field, boxd_box_id(s->thread_data.run->request.box)};
    outgoing *first = outgoing_new(true, closed);
    if (!first || !wire_extend(p->command, &box, 1, &first->message)) {
        outgoing_free(first);
        error_no_memory(process_failure(p), "starting a command");
        return;
    }
    p->thread_data.input.ended = closed;
    stream_send(s, first);
}

static void on_over(base_stream *s);

static void give_process(boxd_process *p)
{
    if (p->thread_data.opening)
        p->thread_data.opening->request.result = handle_ref(p);
    stream_end_step(&p->thread_data.opening, NULL);
}

static void opening_begin(request *r)
{
    boxd_process *p = process_of(stream_step_of(r)->stream);
    p->thread_data.opening = stream_step_of(r);
    if (p->thread_data.started)
        give_process(p);
    else if (p->stream.thread_data.over)
        on_over(&p->stream);
}

/* The run of its stream is being stopped as well, and ends it. */
static void no_stop(request *r)
{
    (void)r;
}

static stream_step *first_step_new(boxd_box *box, const request_kind *kind, sink callback)
{
    return stream_step_new(
        sizeof(stream_step), NULL, kind,
        &(request_setup){.compute = box_compute(box), .subject = box_subject(box), .sink = callback});
}

stream_step *process_opening_new(boxd_box *box, sink callback)
{
    static const request_kind kind = {opening_begin, no_stop, NULL, stream_step_destroy};
    return first_step_new(box, &kind, callback);
}

stream_step *process_result_new(boxd_box *box, sink callback)
{
    static const request_kind kind = {process_result_begin, no_stop, NULL, stream_step_destroy};
    return first_step_new(box, &kind, callback);
}

static void on_opened(base_stream *s)
{
    boxd_process *p = process_of(s);
    if (process_failure(p)->status != BOXD_OK)
        process_fail(p);
    process_advance(p);
}

static void on_written(base_stream *s, const outgoing *o)
{
    boxd_process *p = process_of(s);
    if (o) {
        p->thread_data.started = true;
        give_process(p);
        input_written(p, o);
    }
    process_advance(p);
}

static void on_over(base_stream *s)
{
    boxd_process *p = process_of(s);
    const boxd_error *outcome = s->thread_data.outcome.status == BOXD_OK ? NULL : &s->thread_data.outcome;
    if (outcome) {
        process_describe(p, &s->thread_data.outcome);
        output_hold_kept(&p->thread_data.output);
    } else
        give_process(p);
    stream_end_step(&p->thread_data.opening, outcome);
    process_advance(p);
}

void process_advance(boxd_process *p)
{
    steps_serve(p);
    if (stream_is_open(&p->stream)) {
        transfers_advance(p);
        input_feed(p);
        if (output_has_room(&p->thread_data.output))
            stream_read(&p->stream);
        liveness_watch(p);
    }
    steps_watch_unread(p);
}

/* ---- making one ---- */

static void check_ms(int64_t ms, const char *name, boxd_error *error)
{
    if (ms < -1)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "%s is %lld; give milliseconds, 0 for the default or -1 for off", name, (long long)ms);
}

boxd_process *process_new(const process_setup *setup, boxd_error *error)
{
    static const stream_class class = {begin,    on_opened, on_message, on_written,
                                       on_ended, on_stop,   on_over,    destroy};
    const boxd_exec_options *options = setup->options;
    check_ms(options->liveness_ms, "liveness_ms", error);
    check_ms(options->unread_ms, "unread_ms", error);
    if (error->status != BOXD_OK)
        return NULL;
    record r;
    boxd_process *p = stream_begin(&r, sizeof *p, box_compute(setup->box), &class);
    if (p) {
        p->stream.handle.subject = record_joined(&r, setup->kind->noun, box_subject(setup->box), "");
        p->stream.method = &setup->kind->method;
    }
    p = stream_end(&r, error);
    if (!p)
        return NULL;
    p->kind = setup->kind;
    p->pty = options->pty || options->interactive || options->terminal;
    p->liveness_ms = options->liveness_ms ? options->liveness_ms : DEFAULT_LIVENESS_MS;
    p->unread_ms = options->unread_ms ? options->unread_ms : DEFAULT_UNREAD_MS;
    p->command = grpc_empty_slice();
    p->thread_data.state = BOXD_COMMAND_NOT_STARTED; /* as long as nothing else is known */
    p->terminal = terminal_ref(options->terminal);
    output_init(&p->thread_data.output, options, setup->streams);
    if (input_init(&p->thread_data.input, options, setup->streams, error) == BOXD_OK &&
        transfers_open(p, options, error) == BOXD_OK && !wire_pack(setup->first, &p->command))
        error_no_memory(error, "starting a command");
    if (error->status == BOXD_OK)
        return p;
    stream_unref(&p->stream);
    return NULL;
}
