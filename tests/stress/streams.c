/*
 * streams.c: commands, logs and RPCs that go on: opened by anybody, put where everybody finds them, worked on
 * by several threads at a time, and freed while they are.
 */
#include "stress.h"

#include <boxd/aio/rpc.h>
#include <boxd/rpc.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 16 };

typedef enum { PROCESS, LOGS, RPC } stream_kind;

typedef struct stream {
    gate gate; /* the handle is there inside */
    stream_kind kind;
    life *life;
    boxd_process *process;
    boxd_logs *logs;
    boxd_rpc_stream *rpc;
} stream;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static stream *slots[SLOTS];
static bool over; /* nobody empties the slots any more */
static int null_fd = -1, full_pipe[2] = {-1, -1};

/* ---- where they are ---- */

/* Calls on the handle may be under way. */
static void release(stream *st)
{
    boxd_process_free(st->process);
    boxd_logs_free(st->logs);
    boxd_rpc_stream_free(st->rpc);
    life_let_go(st->life);
    free(st);
}

static void leave(stream *st)
{
    if (gate_leave(&st->gate))
        release(st);
}

/* Puts one where another was, or takes that one away. */
static void swap(unsigned slot, stream *st)
{
    pthread_mutex_lock(&lock);
    stream *old = over && st ? st : slots[slot]; /* a callback that comes late */
    if (old != st)
        slots[slot] = st;
    pthread_mutex_unlock(&lock);
    if (old && gate_shut(&old->gate))
        release(old);
}

static stream *stream_any(void)
{
    pthread_mutex_lock(&lock);
    stream *st = slots[chance(SLOTS)];
    if (st)
        gate_enter(&st->gate);
    pthread_mutex_unlock(&lock);
    return st;
}

static void share(life *l, stream_kind kind, boxd_process *process, boxd_logs *logs, boxd_rpc_stream *rpc)
{
    if (!process && !logs && !rpc)
        return;
    stream *st = zeroed(sizeof *st);
    *st = (stream){.kind = kind, .life = l, .process = process, .logs = logs, .rpc = rpc};
    gate_open(&st->gate);
    life_hold(l);
    if (one_in(8))
        release(st);
    else
        swap(chance(SLOTS), st);
}

void streams_open(void)
{
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    expect(null_fd >= 0 && pipe2(full_pipe, O_CLOEXEC) == 0, "descriptors");
    over = false;
}

void streams_close(void)
{
    pthread_mutex_lock(&lock);
    over = true;
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < SLOTS; i++)
        swap(i, NULL);
    if (full_pipe[0] < 0)
        return;
    close(full_pipe[0]);
    close(full_pipe[1]);
    close(null_fd);
    full_pipe[0] = -1;
}

/* ---- opening ---- */

static void on_process(boxd_process *process, const boxd_error *error, void *data)
{
    life *l = ticket_called(data, status_of(error), error);
    share(l, PROCESS, process, NULL, NULL);
    after_callback(l);
}

static void on_logs(boxd_logs *logs, const boxd_error *error, void *data)
{
    life *l = ticket_called(data, status_of(error), error);
    share(l, LOGS, NULL, logs, NULL);
    after_callback(l);
}

static void on_rpc(boxd_rpc_stream *rpc, const boxd_error *error, void *data)
{
    life *l = ticket_called(data, status_of(error), error);
    share(l, RPC, NULL, NULL, rpc);
    after_callback(l);
}

static const char *const *any_command(void)
{
    static const char *const commands[][5] = {{"cat"},           {"cat"},
                                              {"wc", "-c"},      {"echo", "hello"},
                                              {"sleep", "1000"}, {"head", "-c", "3000000", "/dev/zero"}};
    return commands[chance(6)];
}

static boxd_exec_options any_options(const shot *s)
{
    static const boxd_output_mode modes[] = {BOXD_OUTPUT_DEFAULT, BOXD_OUTPUT_DEFAULT, BOXD_OUTPUT_DEFAULT,
                                             BOXD_OUTPUT_KEEP,    BOXD_OUTPUT_DISCARD, BOXD_OUTPUT_FD};
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call = s->call;
    options.out = (boxd_output){.mode = modes[chance(6)]};
    if (options.out.mode == BOXD_OUTPUT_FD)
        options.out.fd = one_in(2) ? null_fd : full_pipe[1];
    options.err = (boxd_output){.mode = modes[chance(5)]};
    if (one_in(6))
        options.in = (boxd_input){.mode = BOXD_INPUT_FD, .fd = one_in(2) ? null_fd : full_pipe[0]};
    options.read_ahead_bytes = one_in(2) ? 4096 : 0;
    options.unread_ms = one_in(2) ? 20 : 0;
    options.liveness_ms = one_in(3) ? 10 : 0;
    return options;
}

static void open_process(shot *s, const char *operation)
{
    const boxd_exec_options options = any_options(s);
    ticket *t = ticket_new(s->life, operation);
    if (s->blocking) {
        share(s->life, PROCESS, boxd_box_exec_stream(s->box, any_command(), &options, &s->error), NULL, NULL);
        shot_returned(t, s);
    } else {
        boxd_aio_box_exec_stream(s->box, any_command(), &options, on_process, t);
        ticket_submitted(t);
    }
}

static void open_logs(shot *s, const char *operation)
{
    const boxd_box_stream_logs_options options = {
        .size = sizeof options, .call = s->call, .follow = one_in(2), .liveness_ms = one_in(3) ? 10 : 0};
    ticket *t = ticket_new(s->life, operation);
    if (s->blocking) {
        share(s->life, LOGS, NULL, boxd_box_stream_logs(s->box, &options, &s->error), NULL);
        shot_returned(t, s);
    } else {
        boxd_aio_box_stream_logs(s->box, &options, on_logs, t);
        ticket_submitted(t);
    }
}

static const boxd_rpc_method EXEC =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);

static void open_rpc(shot *s, const char *operation)
{
    ticket *t = ticket_new(s->life, operation);
    if (s->blocking) {
        share(s->life, RPC, NULL, NULL, boxd_rpc_stream_open(s->compute, &EXEC, &s->call, &s->error));
        shot_returned(t, s);
    } else {
        boxd_aio_rpc_stream_open(s->compute, &EXEC, &s->call, on_rpc, t);
        ticket_submitted(t);
    }
}

/* ---- steps ---- */

/* Every step, beside its work, is a ticket of the life that its stream is of. */
typedef struct step {
    const char *name;
    stream_kind kind;
    unsigned weight;
    void (*wait)(stream *st, shot *s);
    void (*submit)(stream *st, const shot *s, ticket *t);
} step;

static const char INPUT[] = "some bytes for the command";

static void on_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    life *l = ticket_called(data, status_of(error), error);
    const boxd_read_status right = error ? BOXD_READ_ERROR : chunk ? BOXD_READ_DATA : BOXD_READ_END;
    if (outcome != right)
        failed(data, "a read's outcome does not fit what it brought");
    boxd_chunk_free(chunk);
    after_callback(l);
}

static void on_exit_code(boxd_status status, int exit_code, const boxd_error *error, void *data)
{
    (void)exit_code;
    on_done(status, error, data);
}

static void on_result(boxd_exec_result *result, const boxd_error *error, void *data)
{
    boxd_exec_result_free(result);
    on_done(status_of(error), error, data);
}

static void on_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data)
{
    boxd_rpc_reply_free(message);
    on_done(status, error, data);
}

static void wait_read(stream *st, shot *s)
{
    boxd_chunk *chunk = NULL;
    if (boxd_process_read(st->process, &s->call, &chunk, &s->error) == BOXD_READ_DATA)
        boxd_chunk_free(chunk);
}

static void submit_read(stream *st, const shot *s, ticket *t)
{
    const unsigned which = chance(3);
    if (which == 0)
        boxd_aio_process_read(st->process, &s->call, on_chunk, t);
    else if (which == 1)
        boxd_aio_process_read_stdout(st->process, &s->call, on_chunk, t);
    else
        boxd_aio_process_read_stderr(st->process, &s->call, on_chunk, t);
}

static void wait_write(stream *st, shot *s)
{
    boxd_process_write(st->process, INPUT, sizeof INPUT, &s->call, &s->error);
}

static void submit_write(stream *st, const shot *s, ticket *t)
{
    static const char much[200000];
    const bool big = one_in(3);
    if (one_in(2)) {
        boxd_aio_process_write(st->process, INPUT, sizeof INPUT, &s->call, on_done, t);
        return;
    }
    ticket_expect_release(t);
    boxd_aio_process_write_nocopy(st->process, big ? much : INPUT, big ? sizeof much : sizeof INPUT,
                                  ticket_release, t, &s->call, on_done, t);
}

static void wait_eof(stream *st, shot *s)
{
    boxd_process_write_eof(st->process, &s->call, &s->error);
}

static void submit_eof(stream *st, const shot *s, ticket *t)
{
    boxd_aio_process_write_eof(st->process, &s->call, on_done, t);
}

static void wait_exit(stream *st, shot *s)
{
    int code = 0;
    boxd_process_wait(st->process, &s->call, &code, &s->error);
}

static void submit_exit(stream *st, const shot *s, ticket *t)
{
    if (one_in(2))
        boxd_aio_process_wait(st->process, &s->call, on_exit_code, t);
    else
        boxd_aio_process_result(st->process, &s->call, on_result, t);
}

static void wait_close(stream *st, shot *s)
{
    boxd_process_close(st->process, &s->call, &s->error);
}

static void submit_close(stream *st, const shot *s, ticket *t)
{
    boxd_aio_process_close(st->process, &s->call, on_done, t);
}

static void wait_logs(stream *st, shot *s)
{
    boxd_chunk *chunk = NULL;
    if (boxd_logs_read(st->logs, &s->call, &chunk, &s->error) == BOXD_READ_DATA)
        boxd_chunk_free(chunk);
}

static void submit_logs(stream *st, const shot *s, ticket *t)
{
    boxd_aio_logs_read(st->logs, &s->call, on_chunk, t);
}

static void wait_logs_close(stream *st, shot *s)
{
    boxd_logs_close(st->logs, &s->call, &s->error);
}

static void submit_logs_close(stream *st, const shot *s, ticket *t)
{
    boxd_aio_logs_close(st->logs, &s->call, on_done, t);
}

/* A command for a box that is there or not; as input it does no harm either. */
static BoxdPb__ExecChunk any_message(void)
{
    BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    message.vm_id = any_name();
    message.command = one_in(2) ? "cat" : "echo hello";
    message.stdin = true;
    return message;
}

static void wait_send(stream *st, shot *s)
{
    const BoxdPb__ExecChunk message = any_message();
    boxd_rpc_stream_send(st->rpc, &message.base, &s->call, &s->error);
}

static void submit_send(stream *st, const shot *s, ticket *t)
{
    const BoxdPb__ExecChunk message = any_message();
    boxd_aio_rpc_stream_send(st->rpc, &message.base, &s->call, on_done, t);
}

static void wait_finish(stream *st, shot *s)
{
    boxd_rpc_stream_close_send(st->rpc, &s->call, &s->error);
}

static void submit_finish(stream *st, const shot *s, ticket *t)
{
    if (one_in(2))
        boxd_rpc_stream_cancel(st->rpc);
    boxd_aio_rpc_stream_close_send(st->rpc, &s->call, on_done, t);
}

static void wait_receive(stream *st, shot *s)
{
    ProtobufCMessage *message = NULL;
    if (boxd_rpc_stream_receive(st->rpc, &s->call, &message, &s->error) == BOXD_OK)
        boxd_rpc_reply_free(message);
}

static void submit_receive(stream *st, const shot *s, ticket *t)
{
    boxd_aio_rpc_stream_receive(st->rpc, &s->call, on_message, t);
}

static const step STEPS[] = {{"process read", PROCESS, 8, wait_read, submit_read},
                             {"process write", PROCESS, 6, wait_write, submit_write},
                             {"process write eof", PROCESS, 1, wait_eof, submit_eof},
                             {"process wait", PROCESS, 3, wait_exit, submit_exit},
                             {"process close", PROCESS, 1, wait_close, submit_close},
                             {"logs read", LOGS, 6, wait_logs, submit_logs},
                             {"logs close", LOGS, 1, wait_logs_close, submit_logs_close},
                             {"rpc stream send", RPC, 5, wait_send, submit_send},
                             {"rpc stream finish sending", RPC, 1, wait_finish, submit_finish},
                             {"rpc stream receive", RPC, 6, wait_receive, submit_receive}};

static const step *any_step(stream_kind kind)
{
    const step *found = NULL;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        if (STEPS[i].kind != kind)
            continue;
        sum += STEPS[i].weight;
        if (chance(sum) < STEPS[i].weight)
            found = &STEPS[i];
    }
    return found;
}

/* On whichever stream, whose client may have ended: the shot's own is not asked. Async steps outlive the
 * gate, and so may find the handle freed. */
static void run_step(shot *s, const char *operation)
{
    (void)operation;
    stream *st = stream_any();
    if (!st)
        return;
    const step *what = any_step(st->kind);
    ticket *t = ticket_new(st->life, what->name);
    if (s->blocking) {
        what->wait(st, s);
        shot_returned(t, s);
    } else {
        what->submit(st, s, t);
        ticket_submitted(t);
    }
    leave(st);
}

static void take_away(shot *s, const char *operation)
{
    (void)s;
    (void)operation;
    swap(chance(SLOTS), NULL);
}

const work STREAMS[] = {{"exec stream", 7, false, open_process}, {"logs", 3, false, open_logs},
                        {"rpc stream", 4, true, open_rpc},       {"a step", 40, false, run_step},
                        {"free", 2, false, take_away},           {NULL, 0, false, NULL}};
