/*
 * streams.c: checks of the messages of Exec and StreamLogs as they are on the wire.
 */
#include <stdio.h>
#include <string.h>

#include "boxd_checks/fixture.h"

static const boxd_rpc_method EXEC =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
static const boxd_rpc_method LOGS = BOXD_RPC_METHOD("StreamLogs", boxd_pb__stream_logs_request,
                                                    boxd_pb__log_chunk, BOXD_RPC_STREAM | BOXD_RPC_READ);
static const boxd_rpc_method STOP_VM = RPC_WRITE("StopVm", stop_vm);

enum { MAX_NOTED = 8, SILENCE_MS = 2000 };

/* What a stream of Exec has sent. */
typedef struct {
    size_t messages, largest;
    int last_code;
    bool last_has_data, data_after_code;
    char out[200];
    boxd_status status;
    boxd_error error;
} transcript;

static boxd_rpc_stream *open_exec(live *l, const BoxdPb__ExecChunk *first, boxd_error *error)
{
    boxd_rpc_stream *stream = boxd_rpc_stream_open(client(l), &EXEC, &l->call, error);
    if (stream == NULL || boxd_rpc_stream_send(stream, &first->base, &l->call, error) != BOXD_OK) {
        boxd_rpc_stream_free(stream);
        return NULL;
    }
    live_note(l, "Exec: command \"%.120s\", tty %d", first->command, first->tty);
    return stream;
}

static void take(live *l, transcript *t, const BoxdPb__ExecChunk *chunk)
{
    const size_t length = strlen(t->out);
    t->data_after_code = t->data_after_code || (t->last_code != 0 && chunk->data.len > 0);
    t->last_code = chunk->exit_code;
    t->last_has_data = chunk->data.len > 0;
    if (chunk->data.len > t->largest)
        t->largest = chunk->data.len;
    (void)snprintf(t->out + length, sizeof t->out - length, "%.*s",
                   (int)(chunk->data.len < 100 ? chunk->data.len : 100),
                   chunk->data.data ? (const char *)chunk->data.data : "");
    if (t->messages++ < MAX_NOTED)
        live_note(l, "message %zu: data %zu bytes, is_stderr %d, exit_code %d", t->messages, chunk->data.len,
                  chunk->is_stderr, chunk->exit_code);
}

/* Reads a stream to its end. */
static void run_exec(live *l, const BoxdPb__ExecChunk *first, transcript *t)
{
    ProtobufCMessage *message = NULL;
    *t = (transcript){.error = BOXD_ERROR_INIT};
    boxd_rpc_stream *stream = open_exec(l, first, &t->error);
    t->status = stream ? boxd_rpc_stream_close_send(stream, &l->call, &t->error) : t->error.status;
    while (t->status == BOXD_OK) {
        t->status = boxd_rpc_stream_receive(stream, &l->call, &message, &t->error);
        if (t->status != BOXD_OK || message == NULL)
            break;
        take(l, t, (const BoxdPb__ExecChunk *)(const void *)message);
        boxd_rpc_reply_free(message);
    }
    boxd_rpc_stream_free(stream);
}

static void see_exec(live *l, const char *command, bool tty, transcript *t)
{
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    *t = (transcript){.status = BOXD_ERR_FAILED};
    if (need_box(l) == NULL)
        return;
    first.vm_id = boxd_of(l)->box_id;
    first.command = command;
    first.tty = tty;
    run_exec(l, &first, t);
    (void)live_ok(l, t->status == BOXD_OK, &t->error);
}

static void last_message(live *l)
{
    transcript t;
    see_exec(l, "echo out; exit 7", false, &t);
    if (t.status == BOXD_OK)
        live_see(l, "exit code %d, %s data%s", t.last_code, t.last_has_data ? "with" : "without",
                 t.data_after_code ? "; data after the exit code" : "");
}

static void no_output(live *l)
{
    transcript t;
    see_exec(l, "true", false, &t);
    if (t.status == BOXD_OK)
        live_see(l, "%zu message%s, exit code %d", t.messages, t.messages == 1 ? "" : "s", t.last_code);
}

static void largest_message(live *l)
{
    transcript t;
    see_exec(l, "head -c 1000000 /dev/zero", false, &t);
    if (t.status == BOXD_OK)
        live_see(l, "%s",
                 t.largest <= 65536     ? "at most 64 KiB"
                 : t.largest <= 1 << 20 ? "at most 1 MiB"
                                        : "more");
    live_note(l, "the largest message has %zu bytes of data", t.largest);
}

static void empty_command(live *l)
{
    transcript t;
    see_exec(l, "", false, &t);
    if (t.status == BOXD_OK)
        live_see(l, "exit code %d", t.last_code);
}

/* cols and rows are 0: the library would send 80 and 24. */
static void pty_size(live *l)
{
    transcript t;
    see_exec(l, "stty size", true, &t);
    if (t.status == BOXD_OK)
        live_see(l, "%.*s", (int)strcspn(t.out, "\r\n"), t.out);
}

static void stop_box(live *l)
{
    boxd_error error;
    BoxdPb__StopVmRequest request = BOXD_PB__STOP_VM_REQUEST__INIT;
    request.vm_id = boxd_of(l)->box_id;
    mark_changed(l);
    boxd_rpc_reply_free(rpc(l, &STOP_VM, &request.base, &error));
}

/* What arrives on the stream of a command when its box is stopped. */
static void dead_box(live *l)
{
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options silence = l->call;
    ProtobufCMessage *message = NULL;
    if (need_box(l) == NULL)
        return;
    silence.timeout_ms = SILENCE_MS;
    first.vm_id = boxd_of(l)->box_id;
    first.command = "echo up; exec sleep 300";
    boxd_rpc_stream *stream = open_exec(l, &first, &error);
    if (live_ok(l, stream && boxd_rpc_stream_receive(stream, &l->call, &message, &error) == BOXD_OK,
                &error)) {
        boxd_rpc_reply_free(message);
        stop_box(l);
        const boxd_status status = boxd_rpc_stream_receive(stream, &silence, &message, &error);
        if (status == BOXD_ERR_TIMEOUT)
            live_see(l, "silence");
        else if (live_ok(l, status == BOXD_OK, &error))
            live_see(l, message ? "a message" : "the end, OK");
        boxd_rpc_reply_free(message);
    }
    boxd_rpc_stream_free(stream);
}

static void logs(live *l)
{
    BoxdPb__StreamLogsRequest request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    boxd_error error = BOXD_ERROR_INIT;
    ProtobufCMessage *message = NULL;
    size_t messages = 0;
    if (need_box(l) == NULL)
        return;
    request.vm_id = boxd_of(l)->box_id;
    boxd_rpc_stream *stream = boxd_rpc_stream_open(client(l), &LOGS, &l->call, &error);
    boxd_status status =
        stream ? boxd_rpc_stream_send(stream, &request.base, &l->call, &error) : error.status;
    if (status == BOXD_OK)
        status = boxd_rpc_stream_close_send(stream, &l->call, &error);
    while (status == BOXD_OK &&
           (status = boxd_rpc_stream_receive(stream, &l->call, &message, &error)) == BOXD_OK &&
           message != NULL) {
        messages++;
        boxd_rpc_reply_free(message);
    }
    if (live_ok(l, status == BOXD_OK, &error))
        live_see(l, "%s", messages ? "some data, OK" : "no data, OK");
    boxd_rpc_stream_free(stream);
}

const live_check stream_checks[] = {
    {"streams.last-message", "Exec",
     "exit_code is on every message and only the last one's counts; the last message usually has no data, "
     "but may.",
     "Exec: echo out; exit 7", "exit code 7, without data|exit code 7, with data",
     "exit code 7, without data", last_message},
    {"streams.no-output", "Exec", "Status OK and at least one message: the last message's exit_code.",
     "Exec: true", "1 message, exit code 0|* messages, exit code 0", "1 message, exit code 0", no_output},
    {"streams.largest-message", "Exec", "How large is a message of output at most?",
     "Exec: head -c 1000000 /dev/zero", NULL, "at most 64 KiB", largest_message},
    {"streams.empty-command", "Exec", "Which code has a command without text, without a terminal?",
     "Exec with command \"\"", NULL, "INVALID_ARGUMENT", empty_command},
    {"streams.pty-size", "Exec", "PTY default size 80x24.", "Exec with tty, cols 0 and rows 0: stty size",
     "24 80", NULL, pty_size},
    {"streams.dead-box", "Exec", "A machine that dies leaves the stream silent for ever.",
     "Exec: sleep; StopVm; the next message within 2 s", "silence", NULL, dead_box},
    {"streams.logs", "What each 0.1.2 call sends",
     "What does StreamLogs of a box without a main process send?", "StreamLogs without follow", NULL,
     "no data, OK", logs},
    {0},
};
