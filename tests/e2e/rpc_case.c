/* Helpers of the tests that call RPCs by name. */
#include "rpc_case.h"

const boxd_rpc_method EXEC =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
const boxd_rpc_method LOGS = BOXD_RPC_METHOD("StreamLogs", boxd_pb__stream_logs_request, boxd_pb__log_chunk,
                                             BOXD_RPC_STREAM | BOXD_RPC_READ);

boxd_box *rpc_box;

void rpc_open_box(int i)
{
    e2e_open(i, NULL);
    rpc_box = e2e_box();
}

void rpc_close_box(void)
{
    e2e_drop(rpc_box);
    e2e_close();
}

boxd_rpc_stream *rpc_open(const boxd_rpc_method *method, const boxd_call_options *call)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, method, call, &error);
    e2e_ok(stream, error);
    return stream;
}

void rpc_send(boxd_rpc_stream *stream, const ProtobufCMessage *message)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->rpc_stream_send(stream, message, NULL, &error) == BOXD_OK, error);
}

void rpc_close_send(boxd_rpc_stream *stream)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->rpc_stream_close_send(stream, NULL, &error) == BOXD_OK, error);
}

const void *rpc_receive(boxd_rpc_stream *stream)
{
    static ProtobufCMessage *last; /* freed with the next one */
    boxd_error error = BOXD_ERROR_INIT;
    boxd_rpc_reply_free(last);
    e2e_ok(on->rpc_stream_receive(stream, NULL, &last, &error) == BOXD_OK, error);
    return last;
}

void rpc_expect_end(boxd_rpc_stream *stream)
{
    ck_assert_ptr_null(rpc_receive(stream));
    ck_assert_ptr_null(rpc_receive(stream)); /* as often as requested */
}

void rpc_expect_failure(boxd_rpc_stream *stream, boxd_status status, const char *part)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ProtobufCMessage *message = NULL;
        ck_assert_int_eq((int)on->rpc_stream_receive(stream, NULL, &message, &error), (int)status);
        e2e_expect(&error, status, part);
        ck_assert_ptr_null(message);
    }
}

void rpc_send_command(boxd_rpc_stream *stream, const char *line)
{
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    first.vm_id = boxd_box_id(rpc_box);
    first.command = line;
    first.stdin = true;
    rpc_send(stream, &first.base);
}

void rpc_send_input(boxd_rpc_stream *stream, const char *text)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.stdin = true;
    chunk.data = (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
    rpc_send(stream, &chunk.base);
}

void rpc_expect_output(boxd_rpc_stream *stream, const char *wanted)
{
    size_t got = 0;
    while (got < strlen(wanted)) {
        const BoxdPb__ExecChunk *chunk = rpc_receive(stream);
        ck_assert_ptr_nonnull(chunk);
        ck_assert_uint_le(got + chunk->data.len, strlen(wanted));
        ck_assert(chunk->data.len == 0 || memcmp(chunk->data.data, wanted + got, chunk->data.len) == 0);
        got += chunk->data.len;
    }
}

void rpc_expect_exit(boxd_rpc_stream *stream, int code)
{
    const BoxdPb__ExecChunk *last = rpc_receive(stream);
    ck_assert_ptr_nonnull(last);
    ck_assert_uint_eq(last->data.len, 0);
    ck_assert_int_eq(last->exit_code, code);
    rpc_expect_end(stream);
}

void rpc_follow_logs(boxd_rpc_stream *stream)
{
    BoxdPb__StreamLogsRequest request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    request.vm_id = boxd_box_id(rpc_box);
    request.follow = true; /* no message arrives while the box is silent */
    rpc_send(stream, &request.base);
    rpc_close_send(stream);
}
