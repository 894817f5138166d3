/*
 * process.c: the life cycle of a process. Called by its stream (stream.h), its timers and its transfers, all
 * on the core thread; process_new() on any.
 *
 * A process consists of passive parts: what came (output.h), what goes (input.h), the exit (command_exit.h),
 * the box's status (liveness.h), the program's descriptors (transfers.h). They hold state and answer
 * questions. Only this file decides: it sends, reads, starts timers, probes and transfers, and ends the run.
 *
 * Its phases:
 *
 * - opening: from process_new() until the first message is sent. The first step waits.
 *
 * - running: `started` is set and the stream is open. Each event changes a part and then calls
 *   process_advance(), which does what has become possible: finish steps, start transfers, send the next
 *   message of the input, ask for the next message if the output accepts one, wait for silence.
 *
 * - draining: the RPC is over (io.ended). Nothing is read or sent any more. If the client has cancelled the
 *   RPC, a probe asks whether the service has received the cancel. settle() waits for the probes and for the
 *   transfers, which write the rest of the output unless the run is being stopped.
 *
 * - ended: the run is finished and `over` is set. Reads get the output that is held, then the outcome; writes
 *   are refused.
 *
 * Opening changes to draining when the RPC fails, and to ended when the run is stopped before it begins.
 *
 * Its rules:
 *
 * - To end a running process, set process_failure() and call fail(); draining follows.
 *
 * - Steps may be added in any phase. A step that gives up takes itself out and leaves the process running.
 *
 * - The run has a reference on the process, and so has each running transfer and each step. Timers have none:
 *   they are set only while the run lasts, except `unread`, which is cleared with the last step.
 *
 * - Finishing a step or the run only posts: no callback of the program runs inside these functions.
 */
#include "boxd/process/process.h"

#include "boxd/client/box.h"
#include "boxd/client/failure.h"
#include "boxd/process/process_outcome.h"
#include "boxd/process/waiting_steps.h"
#include "core/clock.h"
#include "errors.h"
#include "invariant.h"

#define DEFAULT_LIVENESS_MS 5000
#define DEFAULT_UNREAD_MS 5000

/* SIGWINCH belongs to the program, so the terminal's size is polled. */
#define TERMINAL_SIZE_MS 200

static void settle(boxd_process *p);

/* Ends the run for the reason in process_failure(). */
static void fail(boxd_process *p)
{
    stream_io_stop(&p->stream.thread_data.io);
}

/* What is known about the first message of a command that has started: input is transferred and sent without
 * an answer of the service. */
static boxd_sent sent_so_far(const boxd_process *p)
{
    return p->stream.thread_data.io.call.rpc.answered ? BOXD_SENT_YES : BOXD_SENT_UNKNOWN;
}

/* ---- silence and liveness ---- */

/* The client counts its silent streams: the more there are, the less often each of them probes. */
static void clear_silence(boxd_process *p)
{
    timer *silence = &p->thread_data.silence;
    p->stream.handle.compute->thread_data.silent_streams -= silence->set;
    loop_timer_clear(process_loop(p), silence);
}

static void watch_silence(boxd_process *p);

static void on_probe(void *process, const probe_answer *answer)
{
    boxd_process *p = process;
    if (p->stream.thread_data.io.ended)
        settle(p);
    else if (liveness_status(&p->thread_data.liveness, answer->status))
        fail(p);
    else
        watch_silence(p);
}

static void on_silence(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.silence);
    stream_run *run = p->stream.thread_data.run;
    p->stream.handle.compute->thread_data.silent_streams--;
    if (!stream_is_open(&p->stream) || p->stream.thread_data.io.call.stopped)
        return;
    if (p->kind->is_command && exit_silence(&p->thread_data.exit))
        fail(p);
    else if (!box_probe_start(&p->thread_data.probe, &run->request, on_probe, p))
        watch_silence(p); /* out of memory: the next silence may have some */
}

/* Waits for silence while the stream is being read. Calls of the program do not end the silence. */
static void watch_silence(boxd_process *p)
{
    const liveness *l = &p->thread_data.liveness;
    int32_t *silent_streams = &p->stream.handle.compute->thread_data.silent_streams;
    timer *silence = &p->thread_data.silence;
    if (l->interval_ms < 0 || p->thread_data.probe || !stream_is_open(&p->stream))
        return;
    if (!p->stream.thread_data.io.reading) {
        clear_silence(p);
    } else if (!silence->set) {
        ++*silent_streams;
        loop_timer_set(process_loop(p), silence, clock_after_ms(liveness_wait_ms(l, *silent_streams)),
                       on_silence);
    }
}

/* ---- descriptors and the terminal ---- */

static void on_transfer(fd_transfer *fd)
{
    transfer *t = CONTAINER_OF(fd, transfer, fd);
    boxd_process *p = t->owner;
    input *in = &p->thread_data.input;
    boxd_error *failure = process_failure(p);
    switch (transfer_finish(t)) {
    case TRANSFER_READ:
        input_set_source(in, p->transfers->buffer, t->fd.done);
        break;
    case TRANSFER_READ_END:
        input_end_source(in);
        break;
    case TRANSFER_FAILED:
        if (failure->status == BOXD_OK) {
            transfer_error(t, p->stream.handle.subject, sent_so_far(p), failure);
            fail(p);
        }
        break;
    case TRANSFER_WRITTEN:
    case TRANSFER_STOPPED:
        break;
    }
    process_advance(p);
    settle(p);
    stream_unref(&p->stream);
}

static void start_transfers(boxd_process *p)
{
    fd_loop *fds = &p->stream.handle.compute->thread_data.fds;
    boxd_error *failure = process_failure(p);
    while (failure->status == BOXD_OK) {
        const bool reads =
            p->thread_data.started && stream_is_open(&p->stream) && input_wants_source(&p->thread_data.input);
        transfer *t = transfers_next(p->transfers, &p->thread_data.output, reads);
        if (!t)
            break;
        t->fd.over = on_transfer;
        if (fd_transfer_start(&t->fd, fds, process_loop(p), failure) == BOXD_OK) {
            handle_ref(p);
        } else {
            transfer_abandon(t);
            failure->sent = sent_so_far(p);
            fail(p);
        }
    }
}

static void watch_terminal_size(boxd_process *p);

static void on_terminal_size(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.terminal_size);
    input *in = &p->thread_data.input;
    uint32_t cols = 0, rows = 0;
    boxd_terminal_size(p->terminal, &cols, &rows);
    if (cols && rows && (cols != in->cols || rows != in->rows)) {
        input_resize(in, cols, rows, NULL);
        process_advance(p);
    }
    watch_terminal_size(p);
}

static void watch_terminal_size(boxd_process *p)
{
    timer *t = &p->thread_data.terminal_size;
    if (p->terminal && !t->set)
        loop_timer_set(process_loop(p), t, clock_after_ms(TERMINAL_SIZE_MS), on_terminal_size);
}

/* ---- sending ---- */

/* NULL: out of memory. */
static outgoing *pack_input(const input_message *m)
{
    const bool eof = m->kind == INPUT_MESSAGE_EOF;
    outgoing *o = outgoing_new(!eof, eof);
    if (!o || eof)
        return o;
    BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    message.stdin = m->kind == INPUT_MESSAGE_BYTES;
    message.data = wire_bytes(m->data, m->size);
    message.window_change = m->kind == INPUT_MESSAGE_SIZE;
    message.cols = m->cols;
    message.rows = m->rows;
    if (wire_pack_secret(&message.base, &o->message))
        return o;
    outgoing_free(o);
    return NULL;
}

static void send_input(boxd_process *p)
{
    input_message m;
    if (!p->thread_data.started || p->stream.thread_data.io.queue.broken)
        return;
    const bool any = input_next(&p->thread_data.input, &m);
    steps_complete_input(p);
    if (!any)
        return;
    outgoing *o = pack_input(&m);
    if (!o) {
        input_send_failed(&p->thread_data.input);
        error_set_sent(process_failure(p), BOXD_ERR_NO_MEMORY, sent_so_far(p),
                       "out of memory: writing to %s, which was ended", p->stream.handle.subject);
        fail(p);
        return;
    }
    p->thread_data.input_message = o;
    stream_io_send(&p->stream.thread_data.io, o);
}

/* ---- possible actions ---- */

void process_advance(boxd_process *p)
{
    steps_complete(p);
    if (stream_is_open(&p->stream)) {
        start_transfers(p);
        watch_terminal_size(p);
        send_input(p);
        if (output_accepts(&p->thread_data.output))
            stream_read(&p->stream);
        watch_silence(p);
    }
    steps_watch_unread(p);
}

/* Draining: finishes the run once probes and transfers are over. No effect in another phase. */
static void settle(boxd_process *p)
{
    const stream_run *run = p->stream.thread_data.run;
    if (!run || !p->stream.thread_data.io.ended || p->thread_data.probe || p->thread_data.cancel_probe)
        return;
    const bool flush = process_flushes(p);
    loop_timer_clear(process_loop(p), &p->thread_data.terminal_size);
    transfers_stop(p->transfers, flush);
    if (flush)
        start_transfers(p);
    if (transfers_running(p->transfers))
        return;
    boxd_error error = BOXD_ERROR_INIT;
    process_get_outcome(p, &error);
    BOXD_ASSERT(!p->thread_data.silence.set && !p->thread_data.terminal_size.set);
    stream_finish(&p->stream, error.status == BOXD_OK ? NULL : &error);
}

/* ---- the stream's events ---- */

static void give_process(boxd_process *p)
{
    if (p->thread_data.opening)
        request_set_result(&p->thread_data.opening->request, handle_ref(p));
    stream_end_step(&p->thread_data.opening, NULL);
}

/* The box's id is known: queues the first message. */
static void on_begin(base_stream *s)
{
    boxd_process *p = process_of(s);
    const wire_field box = {p->kind->box_field, boxd_box_id(s->thread_data.run->request.box)};
    outgoing *first = outgoing_new(true, p->thread_data.input.mode == BOXD_INPUT_CLOSED);
    if (!first || !wire_extend(p->thread_data.first_message, &box, 1, &first->message)) {
        outgoing_free(first);
        error_no_memory(process_failure(p), "starting a command");
        return;
    }
    stream_io_send(&s->thread_data.io, first);
    grpc_slice_unref(p->thread_data.first_message); /* a command may be large, and run for days */
    p->thread_data.first_message = grpc_empty_slice();
}

static void on_opened(stream_io *io)
{
    boxd_process *p = process_of(stream_of_io(io));
    if (process_failure(p)->status != BOXD_OK)
        fail(p);
    process_advance(p);
}

static void on_written(stream_io *io, const outgoing *o)
{
    boxd_process *p = process_of(stream_of_io(io));
    if (o) {
        p->thread_data.started = true;
        give_process(p);
    }
    if (o && o == p->thread_data.input_message) {
        p->thread_data.input_message = NULL;
        input_sent(&p->thread_data.input);
        steps_complete_input(p);
    }
    process_advance(p);
}

/* ---- messages ---- */

static void run_reads(loop_task *task);

static void post_reads(boxd_process *p)
{
    p->thread_data.message_came = false;
    p->thread_data.reads_turn = loop_turn(process_loop(p));
    loop_post(process_loop(p), &p->thread_data.reads_task, run_reads);
}

/* Reads end once the loop has polled gRPC and found no further message. */
static void run_reads(loop_task *task)
{
    boxd_process *p = CONTAINER_OF(task, boxd_process, thread_data.reads_task);
    const bool polled = loop_turn(process_loop(p)) != p->thread_data.reads_turn;
    if (!polled) {
        loop_post(process_loop(p), &p->thread_data.reads_task, run_reads);
        return;
    }
    if (p->thread_data.message_came && stream_is_open(&p->stream) &&
        !output_is_half_full(&p->thread_data.output)) {
        post_reads(p);
        return;
    }
    p->thread_data.reads_postponed = false;
    process_advance(p);
    stream_unref(&p->stream);
}

/* A read ends when gRPC has no further message at hand: waking its thread costs more than reading a message,
 * and it gets all of them in one chunk. */
static void postpone_reads(boxd_process *p)
{
    stream_step *const *readers = p->thread_data.readers;
    if (p->thread_data.reads_postponed || !(readers[SIDE_OUT] || readers[SIDE_ERR] || readers[SIDES]))
        return;
    p->thread_data.reads_postponed = true;
    handle_ref(p);
    post_reads(p);
}

/* The fields of a message of a command, in payload.numbers. */
enum { EXEC_EXIT_CODE, EXEC_IS_STDERR };

static void keep_message(boxd_process *p, const payload *message, boxd_error *failure)
{
    side_index where = SIDE_OUT;
    if (p->kind->is_command) {
        const int32_t code = (int32_t)message->numbers[EXEC_EXIT_CODE];
        where = message->numbers[EXEC_IS_STDERR] ? SIDE_ERR : SIDE_OUT;
        if (!exit_message(&p->thread_data.exit, message->size, code))
            error_set_sent(failure, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                           "%s was ended: it sent output after its exit status", p->stream.handle.subject);
    } else {
        p->thread_data.exit.answered = true;
    }
    liveness_message(&p->thread_data.liveness);
    if (!output_add(&p->thread_data.output, where, message))
        error_set_sent(failure, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: storing the output of %s, which was ended", p->stream.handle.subject);
}

static void on_message(stream_io *io, grpc_byte_buffer *bytes)
{
    static const payload_type exec_chunk = {"ExecChunk", 1, {[EXEC_EXIT_CODE] = 6, [EXEC_IS_STDERR] = 10}};
    static const payload_type log_chunk = {"LogChunk", 1, {0}};
    boxd_process *p = process_of(stream_of_io(io));
    boxd_error *failure = process_failure(p);
    payload message;
    clear_silence(p);
    if (payload_read(p->kind->is_command ? &exec_chunk : &log_chunk, bytes, &message, failure) == BOXD_OK)
        keep_message(p, &message, failure);
    grpc_byte_buffer_destroy(bytes);
    if (failure->status != BOXD_OK)
        fail(p);
    p->thread_data.message_came = true;
    postpone_reads(p);
    process_advance(p);
}

static void on_cancel_probe(void *process, const probe_answer *answer)
{
    boxd_process *p = process;
    p->thread_data.cancel_confirmed = answer->confirms;
    settle(p);
}

static void on_ended(stream_io *io, const boxd_error *error)
{
    boxd_process *p = process_of(stream_of_io(io));
    p->thread_data.rpc_outcome = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    if (!error)
        p->thread_data.rpc_outcome.sent = BOXD_SENT_YES;
    clear_silence(p);
    if (call_was_answered(
            &io->call)) /* newer gRPC may report this before, or without, the end of the write */
        give_process(p);
    if (process_needs_cancel_probe(p)) /* without a probe the cancel is not confirmed */
        (void)box_probe_start_after(&p->thread_data.cancel_probe, &io->call, on_cancel_probe, p);
    box_probe_stop(p->thread_data.probe); /* may finish the run */
    settle(p);
}

/* The run is being stopped while it drains. */
static void on_stop(base_stream *s)
{
    boxd_process *p = process_of(s);
    if (request_stop_reason(&s->thread_data.run->request)->status == BOXD_ERR_CLOSED)
        box_probe_stop(p->thread_data.cancel_probe);
    settle(p);
}

static void on_over(base_stream *s)
{
    boxd_process *p = process_of(s);
    boxd_error *outcome = &s->thread_data.outcome;
    if (outcome->status == BOXD_OK) {
        give_process(p);
    } else {
        process_describe(p, outcome);
        output_hold_kept(&p->thread_data.output);
        stream_end_step(&p->thread_data.opening, outcome);
    }
    process_advance(p);
}

static void destroy(base_stream *s)
{
    boxd_process *p = process_of(s);
    transfers_close(p->transfers);
    terminal_unref(p->terminal);
    output_clear(&p->thread_data.output);
    input_clear(&p->thread_data.input);
    grpc_slice_unref(p->thread_data.first_message);
}

/* ---- the first step ---- */

static void opening_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    p->thread_data.opening = stream_step_of(r);
    if (p->thread_data.started)
        give_process(p);
    else if (p->stream.thread_data.over)
        on_over(&p->stream);
}

void process_wait_begin(request *r)
{
    boxd_process *p = process_of_step(r);
    list_append(&p->thread_data.ending, &stream_step_of(r)->node);
    process_advance(p);
}

/* A call that the client refused never reached the process, which would have set the state. */
static void first_delivering(request *r)
{
    const base_stream *s = stream_step_of(r)->stream;
    boxd_error *error = &r->frame.op.error;
    if (s && process_of_step(r)->kind->is_command && error->status != BOXD_OK &&
        error->sent == BOXD_SENT_NO && error->command == BOXD_COMMAND_NONE)
        error->command = BOXD_COMMAND_NOT_STARTED;
}

static stream_step *first_step_new(boxd_box *box, const request_kind *kind, sink callback)
{
    return stream_step_new(
        sizeof(stream_step), NULL, kind,
        &(request_setup){.compute = box_compute(box), .subject = box_subject(box), .sink = callback});
}

stream_step *process_opening_new(boxd_box *box, sink callback)
{
    static const request_kind kind = {opening_begin, stream_step_stop_with_run, first_delivering,
                                      stream_step_destroy};
    return first_step_new(box, &kind, callback);
}

stream_step *process_result_new(boxd_box *box, sink callback)
{
    static const request_kind kind = {process_wait_begin, stream_step_stop_with_run, first_delivering,
                                      stream_step_destroy};
    return first_step_new(box, &kind, callback);
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
    static const stream_class class = {
        {on_opened, on_message, on_written, on_ended}, on_begin, on_stop, on_over, destroy};
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
    p->line_bytes = setup->line_bytes;
    p->pty = options->pty || options->interactive || options->terminal;
    p->require_exit_confirmed = options->require_exit_confirmed;
    p->unread_ms = options->unread_ms ? options->unread_ms : DEFAULT_UNREAD_MS;
    p->thread_data.first_message = grpc_empty_slice();
    p->terminal = terminal_ref(options->terminal);
    p->thread_data.liveness = (liveness){
        .interval_ms = options->liveness_ms ? options->liveness_ms : DEFAULT_LIVENESS_MS,
        .survives_stop = setup->kind->survives_stop,
    };
    p->thread_data.state = BOXD_COMMAND_NOT_STARTED; /* until more is known */
    output *o = &p->thread_data.output;
    input *in = &p->thread_data.input;
    output_init(o, options, setup->streams);
    if (input_init(in, options, setup->streams, error) == BOXD_OK &&
        transfers_open(&p->transfers, p, in, o, options, error) == BOXD_OK &&
        wire_pack_request(setup->first, &p->thread_data.first_message, error) == BOXD_OK)
        failure_check_size(GRPC_SLICE_LENGTH(p->thread_data.first_message), p->stream.handle.subject, error);
    if (error->status == BOXD_OK)
        return p;
    stream_unref(&p->stream);
    return NULL;
}
