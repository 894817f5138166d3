/* The calls of the fault table, each from its submission to its end. Used by the workers of table_test.c. */
#include "calls.h"

#include <stdio.h>
#include <unistd.h>

int64_t fault_liveness_ms;

static void breaks(outcome *out, const char *rule)
{
    if (!*out->broken)
        (void)snprintf(out->broken, sizeof out->broken, "%s", rule);
}

/* ---- unary calls ---- */

static void whoami(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    (void)box;
    boxd_identity_free(on->compute_whoami(compute, call, &out->error));
}

static void list(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    (void)box;
    boxd_boxes *boxes = on->box_list(compute, call, &out->error);
    out->bytes = boxes ? boxes->count : 0;
    boxd_boxes_free(boxes);
}

static void get(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    (void)box;
    boxd_box_free(on->box_get(compute, "box", call, &out->error));
}

static void create(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    (void)box;
    boxd_box_free(on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .call = *call, .name = "new"),
                                 &out->error));
}

static void destroy(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    on->box_destroy(box, call, &out->error);
}

static void rpc_call(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    static const boxd_rpc_method start =
        BOXD_RPC_METHOD("StartVm", boxd_pb__start_vm_request, boxd_pb__start_vm_response, 0);
    (void)box;
    boxd_rpc_reply_free(on->rpc_call(compute, &start, NULL, call, &out->error));
}

static void get_or_create(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    (void)box;
    boxd_box_free(on->box_get_or_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .call = *call, .name = "new"), NULL, &out->error));
}

static void wait_until_ready(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    on->box_wait_until_ready(box, BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call = *call),
                             &out->error);
}

/* ---- commands and logs ---- */

static void take_result(boxd_exec_result *result, outcome *out)
{
    if (result) {
        out->exit_code = result->exit_code;
        out->confirmed = result->exit_confirmed;
        out->bytes = (size_t)(result->out_bytes + result->err_bytes);
        if (result->success != (result->exit_code == 0))
            breaks(out, "success contradicts the exit code");
    }
    boxd_exec_result_free(result);
}

static void exec(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    take_result(on->box_exec(box, BOXD_ARGV("true"),
                             BOXD_OPTIONS(boxd_exec_options, .call = *call, .liveness_ms = fault_liveness_ms),
                             &out->error),
                out);
}

static void exec_shell(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    take_result(
        on->box_exec_shell(box, "true",
                           BOXD_OPTIONS(boxd_exec_options, .call = *call, .liveness_ms = fault_liveness_ms),
                           &out->error),
        out);
}

/* Reads all output, then asks for the end twice: both answers are the same. */
static void read_and_wait(boxd_process *process, outcome *out)
{
    boxd_error of_read = BOXD_ERROR_INIT, of_wait = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    boxd_read_status outcome_of_read;
    size_t bytes = 0;
    while ((outcome_of_read = on->process_read(process, NULL, &chunk, &of_read)) == BOXD_READ_DATA) {
        bytes += chunk->size;
        boxd_chunk_free(chunk);
    }
    int code = -1;
    bool confirmed = false;
    const boxd_status status = on->process_wait(process, NULL, &code, &confirmed, &of_wait);
    boxd_exec_result *result = on->process_result(process, NULL, &out->error);
    take_result(result, out);
    if (status != out->error.status)
        breaks(out, "wait and result end in different statuses");
    else if (status == BOXD_OK && code != out->exit_code)
        breaks(out, "wait and result return different exit codes");
    else if (status == BOXD_OK && confirmed != out->confirmed)
        breaks(out, "wait and result do not agree whether the exit code is confirmed");
    else if (outcome_of_read == BOXD_READ_ERROR && of_read.status != status)
        breaks(out, "read and wait end in different errors");
    else if (result && bytes != out->bytes)
        breaks(out, "the reads and the result count different bytes");
    else if (of_wait.command != out->error.command || of_wait.sent != out->error.sent)
        breaks(out, "wait and result say different things about the command");
    if (out->error.command == BOXD_COMMAND_RUNNING && out->error.status != BOXD_OK)
        breaks(out, "a command that has ended is running");
    out->bytes = bytes;
}

static void exec_stream(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    boxd_process *process =
        on->box_exec_stream(box, BOXD_ARGV("true"),
                            BOXD_OPTIONS(boxd_exec_options, .call = *call, .liveness_ms = fault_liveness_ms,
                                         .in = {.mode = BOXD_INPUT_CLOSED}),
                            &out->error);
    if (process)
        read_and_wait(process, out);
    boxd_process_free(process);
}

static void stream_logs(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    boxd_chunk *chunk = NULL;
    boxd_logs *logs = on->box_stream_logs(
        box, BOXD_OPTIONS(boxd_box_stream_logs_options, .call = *call, .liveness_ms = fault_liveness_ms),
        &out->error);
    while (logs && on->logs_read(logs, NULL, &chunk, &out->error) == BOXD_READ_DATA) {
        out->bytes += chunk->size;
        boxd_chunk_free(chunk);
    }
    boxd_logs_free(logs);
}

static void rpc_stream(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    static const boxd_rpc_method logs = BOXD_RPC_METHOD("StreamLogs", boxd_pb__stream_logs_request,
                                                        boxd_pb__log_chunk, BOXD_RPC_STREAM | BOXD_RPC_READ);
    BoxdPb__StreamLogsRequest request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    request.vm_id = boxd_box_id(box);
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, &logs, call, &out->error);
    if (!stream)
        return;
    on->rpc_stream_send(stream, &request.base, NULL, NULL);
    on->rpc_stream_close_send(stream, NULL, NULL);
    while (on->rpc_stream_receive(stream, NULL, &message, &out->error) == BOXD_OK && message)
        boxd_rpc_reply_free(message);
    boxd_rpc_stream_free(stream);
}

/* ---- files ---- */

enum { UPLOAD_SIZE = 3 << 20 };

static const char *local_path(const char *name)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/boxd-faults-%d.%s", (int)getpid(), name);
    return path;
}

static void read_file(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    boxd_file_data *data =
        on->box_read_file(box, "file", BOXD_OPTIONS(boxd_file_options, .call = *call), &out->error);
    out->bytes = data ? data->content.size : 0;
    boxd_file_data_free(data);
}

/* A failed download leaves no local file. */
static void download(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    const char *path = local_path("download");
    on->box_download(box, "file", path, BOXD_OPTIONS(boxd_file_options, .call = *call), &out->error);
    FILE *file = fopen(path, "rb");
    if ((file != NULL) != (out->error.status == BOXD_OK))
        breaks(out, file ? "a failed download left a file" : "a good download left no file");
    if (file) {
        (void)fseek(file, 0, SEEK_END);
        out->bytes = (size_t)ftell(file);
        (void)fclose(file);
        (void)unlink(path);
    }
}

static void write_file(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    on->box_write_file(box, "file", "content", 7, BOXD_OPTIONS(boxd_file_options, .call = *call),
                       &out->error);
}

static void upload(boxd_box *box, const boxd_call_options *call, outcome *out)
{
    const char *path = local_path("upload");
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(ftruncate(fileno(file), UPLOAD_SIZE), 0);
    (void)fclose(file);
    on->box_upload(box, path, "file", BOXD_OPTIONS(boxd_file_options, .call = *call), &out->error);
    (void)unlink(path);
}

/* ---- the table ---- */

#define FAULT_CALL_ROW(name, function) [INDEX_##name] = {#function, function},

const table_call FAULT_CALL_TABLE[FAULT_CALL_COUNT] = {FAULT_CALLS(FAULT_CALL_ROW)};

void fault_run(size_t call, boxd_box *box, const char *behaviour, int64_t timeout_ms, outcome *out)
{
    char header[128];
    boxd_call_options options = BOXD_CALL_OPTIONS_INIT;
    (void)snprintf(header, sizeof header, "x-behaviour=%s", behaviour);
    const char *const metadata[] = {header, NULL};
    options.metadata = metadata;
    options.timeout_ms = timeout_ms;
    *out = (outcome){.error = BOXD_ERROR_INIT, .exit_code = -1, .confirmed = -1};
    FAULT_CALL_TABLE[call].run(box, &options, out);
}
