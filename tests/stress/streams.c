/*
 * streams.c: commands, logs and streaming RPCs: any thread opens a stream and puts it into a slot,
 * several threads use it at the same time, and it is freed meanwhile.
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
    /* The handle is valid inside the gate. */
    gate gate;
    stream_kind kind;
    client *client;
    boxd_process *process;
    boxd_logs *logs;
    boxd_rpc_stream *rpc;
} stream;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static stream *slots[SLOTS];
static bool over; /* streams_close() has emptied the slots */
static int null_fd = -1, full_pipe[2] = {-1, -1};

/* ---- slots ---- */

/* Calls on the handle may be under way. */
static void release(stream *st)
{
    boxd_process_free(st->process);
    boxd_logs_free(st->logs);
    boxd_rpc_stream_free(st->rpc);
    client_release(st->client);
    free(st);
}

static void leave(stream *st)
{
    if (gate_leave(&st->gate))
        release(st);
}

/* Puts a stream in the place of another one, or removes that. */
static void swap(unsigned slot, stream *st)
{
    pthread_mutex_lock(&lock);
    stream *old = over && st ? st : slots[slot]; /* a callback after streams_close() */
    if (old != st)
        slots[slot] = st;
    pthread_mutex_unlock(&lock);
    if (old && gate_shut(&old->gate))
        release(old);
}

static stream *stream_any(void)
{
    pthread_mutex_lock(&lock);
    stream *st = slots[random_below(SLOTS)];
    if (st)
        gate_enter(&st->gate);
    pthread_mutex_unlock(&lock);
    return st;
}

static void share(client *c, stream_kind kind, boxd_process *process, boxd_logs *logs, boxd_rpc_stream *rpc)
{
    if (!process && !logs && !rpc)
        return;
    stream *st = zeroed(sizeof *st);
    *st = (stream){.kind = kind, .client = c, .process = process, .logs = logs, .rpc = rpc};
    gate_open(&st->gate);
    client_hold(c);
    if (one_in(8))
        release(st);
    else
        swap(random_below(SLOTS), st);
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
    client *c = ticket_called(data, status_of(error), error);
    share(c, PROCESS, process, NULL, NULL);
    after_callback(c);
}

static void on_logs(boxd_logs *logs, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status_of(error), error);
    share(c, LOGS, NULL, logs, NULL);
    after_callback(c);
}

static void on_rpc(boxd_rpc_stream *rpc, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status_of(error), error);
    share(c, RPC, NULL, NULL, rpc);
    after_callback(c);
}

static const char *const *any_command(void)
{
    static const char *const commands[][5] = {{"cat"},           {"cat"},
                                              {"wc", "-c"},      {"echo", "hello"},
                                              {"sleep", "1000"}, {"head", "-c", "3000000", "/dev/zero"}};
    return commands[random_below(6)];
}

static boxd_exec_options any_options(const invocation *s)
{
    static const boxd_output_mode modes[] = {BOXD_OUTPUT_DEFAULT, BOXD_OUTPUT_DEFAULT, BOXD_OUTPUT_DEFAULT,
                                             BOXD_OUTPUT_KEEP,    BOXD_OUTPUT_DISCARD, BOXD_OUTPUT_FD};
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call = s->call;
    options.out = (boxd_output){.mode = modes[random_below(6)]};
    if (options.out.mode == BOXD_OUTPUT_FD)
        options.out.fd = one_in(2) ? null_fd : full_pipe[1];
    options.err = (boxd_output){.mode = modes[random_below(5)]};
    if (one_in(6))
        options.in = (boxd_input){.mode = BOXD_INPUT_FD, .fd = one_in(2) ? null_fd : full_pipe[0]};
    options.read_ahead_bytes = one_in(2) ? 4096 : 0;
    options.unread_ms = one_in(2) ? 20 : 0;
    options.liveness_ms = one_in(3) ? 10 : 0;
    return options;
}

static void open_process(invocation *s, const char *operation)
{
    const boxd_exec_options options = any_options(s);
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        share(s->client, PROCESS, boxd_box_exec_stream(s->box, any_command(), &options, &s->error), NULL,
              NULL);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_exec_stream(s->box, any_command(), &options, on_process, t);
        ticket_submitted(t);
    }
}

static void open_logs(invocation *s, const char *operation)
{
    const boxd_box_stream_logs_options options = {
        .size = sizeof options, .call = s->call, .follow = one_in(2), .liveness_ms = one_in(3) ? 10 : 0};
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        share(s->client, LOGS, NULL, boxd_box_stream_logs(s->box, &options, &s->error), NULL);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_stream_logs(s->box, &options, on_logs, t);
        ticket_submitted(t);
    }
}

static const boxd_rpc_method EXEC =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);

static void open_rpc(invocation *s, const char *operation)
{
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        share(s->client, RPC, NULL, NULL, boxd_rpc_stream_open(s->compute, &EXEC, &s->call, &s->error));
        invocation_returned(t, s);
    } else {
        boxd_aio_rpc_stream_open(s->compute, &EXEC, &s->call, on_rpc, t);
        ticket_submitted(t);
    }
}

/* ---- steps ---- */

/* Every step has a ticket of its stream's client. */
typedef struct step {
    const char *name;
    stream_kind kind;
    unsigned weight;
    void (*wait)(stream *st, invocation *s);
    void (*submit)(stream *st, const invocation *s, ticket *t);
} step;

static const char INPUT[] = "some bytes for the command";

static void on_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status_of(error), error);
    const boxd_read_status right = error ? BOXD_READ_ERROR : chunk ? BOXD_READ_DATA : BOXD_READ_END;
    if (outcome != right)
        failed(data, "a read's outcome does not fit what it brought");
    boxd_chunk_free(chunk);
    after_callback(c);
}

static void on_exit_code(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error,
                         void *data)
{
    (void)exit_confirmed;
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

static void wait_read(stream *st, invocation *s)
{
    boxd_chunk *chunk = NULL;
    if (boxd_process_read(st->process, &s->call, &chunk, &s->error) == BOXD_READ_DATA)
        boxd_chunk_free(chunk);
}

static void submit_read(stream *st, const invocation *s, ticket *t)
{
    const unsigned which = random_below(3);
    if (which == 0)
        boxd_aio_process_read(st->process, &s->call, on_chunk, t);
    else if (which == 1)
        boxd_aio_process_read_stdout(st->process, &s->call, on_chunk, t);
    else
        boxd_aio_process_read_stderr(st->process, &s->call, on_chunk, t);
}

static void wait_write(stream *st, invocation *s)
{
    boxd_process_write(st->process, INPUT, sizeof INPUT, &s->call, &s->error);
}

static void submit_write(stream *st, const invocation *s, ticket *t)
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

static void wait_eof(stream *st, invocation *s)
{
    boxd_process_write_eof(st->process, &s->call, &s->error);
}

static void submit_eof(stream *st, const invocation *s, ticket *t)
{
    boxd_aio_process_write_eof(st->process, &s->call, on_done, t);
}

static void wait_exit(stream *st, invocation *s)
{
    int code = 0;
    boxd_process_wait(st->process, &s->call, &code, NULL, &s->error);
}

static void submit_exit(stream *st, const invocation *s, ticket *t)
{
    if (one_in(2))
        boxd_aio_process_wait(st->process, &s->call, on_exit_code, t);
    else
        boxd_aio_process_result(st->process, &s->call, on_result, t);
}

static void wait_close(stream *st, invocation *s)
{
    boxd_process_close(st->process, &s->call, &s->error);
}

static void submit_close(stream *st, const invocation *s, ticket *t)
{
    boxd_aio_process_close(st->process, &s->call, on_done, t);
}

static void wait_logs(stream *st, invocation *s)
{
    boxd_chunk *chunk = NULL;
    if (boxd_logs_read(st->logs, &s->call, &chunk, &s->error) == BOXD_READ_DATA)
        boxd_chunk_free(chunk);
}

static void submit_logs(stream *st, const invocation *s, ticket *t)
{
    boxd_aio_logs_read(st->logs, &s->call, on_chunk, t);
}

static void wait_logs_close(stream *st, invocation *s)
{
    boxd_logs_close(st->logs, &s->call, &s->error);
}

static void submit_logs_close(stream *st, const invocation *s, ticket *t)
{
    boxd_aio_logs_close(st->logs, &s->call, on_done, t);
}

/* A command for any box; as input it has no effect. */
static BoxdPb__ExecChunk any_message(void)
{
    BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    message.vm_id = any_name();
    message.command = one_in(2) ? "cat" : "echo hello";
    message.stdin = true;
    return message;
}

static void wait_send(stream *st, invocation *s)
{
    const BoxdPb__ExecChunk message = any_message();
    boxd_rpc_stream_send(st->rpc, &message.base, &s->call, &s->error);
}

static void submit_send(stream *st, const invocation *s, ticket *t)
{
    const BoxdPb__ExecChunk message = any_message();
    boxd_aio_rpc_stream_send(st->rpc, &message.base, &s->call, on_done, t);
}

static void wait_finish(stream *st, invocation *s)
{
    boxd_rpc_stream_close_send(st->rpc, &s->call, &s->error);
}

static void submit_finish(stream *st, const invocation *s, ticket *t)
{
    if (one_in(2))
        boxd_rpc_stream_cancel(st->rpc);
    boxd_aio_rpc_stream_close_send(st->rpc, &s->call, on_done, t);
}

static void wait_receive(stream *st, invocation *s)
{
    ProtobufCMessage *message = NULL;
    if (boxd_rpc_stream_receive(st->rpc, &s->call, &message, &s->error) == BOXD_OK)
        boxd_rpc_reply_free(message);
}

static void submit_receive(stream *st, const invocation *s, ticket *t)
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
        if (random_below(sum) < STEPS[i].weight)
            found = &STEPS[i];
    }
    return found;
}

/* Runs a step of a stream at random, whose client may have ended; the invocation's client is not used. An
 * async step outlives the gate, so its handle may be freed meanwhile. */
static void run_step(invocation *s, const char *operation)
{
    (void)operation;
    stream *st = stream_any();
    if (!st)
        return;
    const step *what = any_step(st->kind);
    ticket *t = ticket_new(st->client, what->name);
    if (s->blocking) {
        what->wait(st, s);
        invocation_returned(t, s);
    } else {
        what->submit(st, s, t);
        ticket_submitted(t);
    }
    leave(st);
}

static void take_away(invocation *s, const char *operation)
{
    (void)s;
    (void)operation;
    swap(random_below(SLOTS), NULL);
}

const stress_operation STREAMS[] = {{"exec stream", 7, false, open_process}, {"logs", 3, false, open_logs},
                                    {"rpc stream", 4, true, open_rpc},       {"a step", 40, false, run_step},
                                    {"free", 2, false, take_away},           {NULL, 0, false, NULL}};
