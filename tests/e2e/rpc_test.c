/* The generic call API: unary calls, and streams in each direction; their ends, and refused uses. */
#include "rpc_case.h"

#define UNARY(rpc, message, flags)                                                                           \
    BOXD_RPC_METHOD(rpc, boxd_pb__##message##_request, boxd_pb__##message##_response, flags)

static const boxd_rpc_method GET_VM = UNARY("GetVm", get_vm, BOXD_RPC_READ);
static const boxd_rpc_method SUGGEST_NAME = UNARY("SuggestVmName", suggest_vm_name, BOXD_RPC_READ);
static const boxd_rpc_method LIST_ORGS = UNARY("ListOrgs", list_orgs, BOXD_RPC_READ);
static const boxd_rpc_method START_VM = UNARY("StartVm", start_vm, 0);
static const boxd_rpc_method NO_SUCH = UNARY("NoSuchRpc", get_vm, 0);
static const boxd_rpc_method DOWNLOAD = BOXD_RPC_METHOD("DownloadFileStream", boxd_pb__download_file_request,
                                                        boxd_pb__download_file_chunk, BOXD_RPC_STREAM);
static const boxd_rpc_method UPLOAD = BOXD_RPC_METHOD("UploadFileStream", boxd_pb__upload_file_chunk,
                                                      boxd_pb__upload_file_response, BOXD_RPC_STREAM);
static const boxd_rpc_method NO_SUCH_STREAM =
    BOXD_RPC_METHOD("NoSuchStream", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);

/* ---- one request, one reply ---- */

START_TEST(unary)
{
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    BoxdPb__GetVmRequest request = BOXD_PB__GET_VM_REQUEST__INIT;
    request.vm_id = boxd_box_id(rpc_box);
    ProtobufCMessage *reply = on->rpc_call(compute, &GET_VM, &request.base, NULL, &error);
    e2e_ok(reply, error);
    ck_assert_ptr_eq(reply->descriptor, &boxd_pb__get_vm_response__descriptor);
    const BoxdPb__GetVmResponse *vm = (const void *)reply;
    ck_assert_str_eq(vm->vm_id, boxd_box_id(rpc_box));
    ck_assert_str_eq(vm->name, boxd_box_name(rpc_box));
    boxd_rpc_reply_free(reply);
    reply = on->rpc_call(compute, &SUGGEST_NAME, NULL, NULL, &error);
    e2e_ok(reply, error);
    ck_assert_str_ne(((const BoxdPb__SuggestVmNameResponse *)(const void *)reply)->name, "");
    boxd_rpc_reply_free(reply);
    reply = on->rpc_call(compute, &LIST_ORGS, NULL, NULL, &error);
    e2e_ok(reply, error);
    ck_assert_uint_gt(((const BoxdPb__ListOrgsResponse *)(const void *)reply)->n_orgs, 0);
    boxd_rpc_reply_free(reply);
    boxd_rpc_reply_free(NULL);
    request.vm_id = "none-such";
    ck_assert_ptr_null(on->rpc_call(compute, &GET_VM, &request.base, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "GetVm: ");
    ck_assert_int_eq(error.grpc_code, 5);
    request.vm_id = "\xFF"; /* the library does not check the program's messages */
    ck_assert_ptr_null(on->rpc_call(compute, &GET_VM, &request.base, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INTERNAL, "vm_id is not UTF-8");
    ck_assert_ptr_null(on->rpc_call(compute, &NO_SUCH, &request.base, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "NoSuchRpc");
    rpc_close_box();
}
END_TEST

/* A read is repeated, other RPCs are not; a refused token is replaced for both. */
START_TEST(unary_repeats)
{
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    BoxdPb__GetVmRequest get = BOXD_PB__GET_VM_REQUEST__INIT;
    BoxdPb__StartVmRequest start = BOXD_PB__START_VM_REQUEST__INIT;
    get.vm_id = start.vm_id = boxd_box_id(rpc_box);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator, "{\"rpc\":\"GetVm\",\"code\":14,\"count\":1}");
    ProtobufCMessage *reply = on->rpc_call(compute, &GET_VM, &get.base, NULL, &error);
    e2e_ok(reply, error);
    boxd_rpc_reply_free(reply);
    ck_assert_int_eq(emulator_count_calls(&emulator, "GetVm", 2), 2);
    emulator_fault(&emulator, "{\"rpc\":\"GetVm\",\"code\":16,\"count\":1}");
    reply = on->rpc_call(compute, &GET_VM, &get.base, NULL, &error);
    e2e_ok(reply, error);
    boxd_rpc_reply_free(reply);
    emulator_fault(&emulator, "{\"rpc\":\"StartVm\",\"code\":14,\"count\":1}");
    ck_assert_ptr_null(on->rpc_call(compute, &START_VM, &start.base, NULL, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq(emulator_count_calls(&emulator, "StartVm", 1), 1);
    emulator_clear_faults(&emulator);
    rpc_close_box();
}
END_TEST

START_TEST(bad_methods)
{
    boxd_rpc_method no_name = GET_VM, slash = GET_VM, no_reply = GET_VM, newer = GET_VM;
    no_name.name = NULL;
    slash.name = "a/b";
    no_reply.reply = NULL;
    newer.flags = 1U << 20;
    const BoxdPb__GetVmRequest right = BOXD_PB__GET_VM_REQUEST__INIT;
    const BoxdPb__StartVmRequest wrong = BOXD_PB__START_VM_REQUEST__INIT;
    const ProtobufCMessage unset = {0};
    const struct {
        const boxd_rpc_method *method;
        const ProtobufCMessage *request;
        const char *says;
    } cases[] = {
        {NULL, &right.base, "BOXD_RPC_METHOD()"},
        {&no_reply, &right.base, "BOXD_RPC_METHOD()"},
        {&no_name, &right.base, "api.proto"},
        {&slash, &right.base, "a/b"},
        {&newer, &right.base, "flags"},
        {&EXEC, NULL, "boxd_rpc_stream_open()"},
        {&GET_VM, &wrong.base, "boxd.api.v1.StartVmRequest; GetVm takes a boxd.api.v1.GetVmRequest"},
        {&GET_VM, &unset, "not initialised"},
    };
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->rpc_call(compute, cases[i].method, cases[i].request, NULL, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->rpc_stream_open(compute, &GET_VM, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "boxd_rpc_call()");
    ck_assert_ptr_null(on->rpc_stream_open(compute, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "BOXD_RPC_METHOD()");
    const boxd_call_options bad = {.size = sizeof bad, .timeout_ms = -7};
    ck_assert_ptr_null(on->rpc_stream_open(compute, &EXEC, &bad, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "-7");
    e2e_close();
}
END_TEST

/* ---- streams of each direction ---- */

START_TEST(both_ways)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "cat; exit 7");
    static const char *const chunks[] = {"one\n", "two\n", "three\n"};
    for (size_t i = 0; i < COUNT(chunks); i++) {
        rpc_send_input(stream, chunks[i]);
        rpc_expect_output(stream, chunks[i]);
    }
    rpc_close_send(stream);
    rpc_expect_exit(stream, 7);
    boxd_rpc_stream_cancel(stream); /* the stream is over: no effect */
    rpc_expect_end(stream);
    boxd_rpc_stream_free(stream);
    boxd_rpc_stream_free(NULL);
    boxd_rpc_stream_cancel(NULL);
    rpc_close_box();
}
END_TEST

START_TEST(to_the_client)
{
    enum { SIZE = 3000000 };
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    char *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 >> 3);
    e2e_ok(on->box_write_file(rpc_box, "data", bytes, SIZE, NULL, &error) == BOXD_OK, error);
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    request.vm_id = boxd_box_id(rpc_box);
    request.path = "/home/boxd/data";
    boxd_rpc_stream *stream = rpc_open(&DOWNLOAD, NULL);
    rpc_send(stream, &request.base);
    rpc_close_send(stream);
    size_t got = 0;
    for (const BoxdPb__DownloadFileChunk *chunk; (chunk = rpc_receive(stream));) {
        ck_assert(got + chunk->data.len <= SIZE);
        ck_assert(chunk->data.len == 0 || memcmp(bytes + got, chunk->data.data, chunk->data.len) == 0);
        got += chunk->data.len;
    }
    ck_assert_uint_eq(got, SIZE);
    boxd_rpc_stream_free(stream);
    free(bytes);
    rpc_close_box();
}
END_TEST

START_TEST(to_the_server)
{
    enum { PIECE = 700000, PIECES = 4, WHOLE = PIECE * PIECES };
    rpc_open_box(_i);
    char *bytes = calloc(1, PIECE);
    boxd_rpc_stream *stream = rpc_open(&UPLOAD, NULL);
    for (int i = 0; i < PIECES; i++) {
        BoxdPb__UploadFileChunk chunk = BOXD_PB__UPLOAD_FILE_CHUNK__INIT;
        chunk.vm_id = boxd_box_id(rpc_box);
        chunk.path = "/home/boxd/up";
        chunk.total_size = WHOLE;
        chunk.data = (ProtobufCBinaryData){PIECE, (uint8_t *)bytes};
        rpc_send(stream, &chunk.base);
    }
    rpc_close_send(stream);
    const BoxdPb__UploadFileResponse *reply = rpc_receive(stream);
    ck_assert_ptr_nonnull(reply);
    ck_assert_uint_eq(reply->bytes_written, WHOLE);
    rpc_expect_end(stream);
    boxd_rpc_stream_free(stream);
    free(bytes);
    boxd_exec_result *size = e2e_run(rpc_box, "wc -c < up");
    ck_assert_int_eq(atoi(size->out.data), WHOLE);
    boxd_exec_result_free(size);
    rpc_close_box();
}
END_TEST

START_TEST(logs)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.cmd = BOXD_ARGV("sh", "-c", "echo said; exec sleep 1000");
    rpc_box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
    e2e_ok(rpc_box, error);
    boxd_rpc_stream *stream = rpc_open(&LOGS, NULL);
    rpc_follow_logs(stream);
    const BoxdPb__LogChunk *chunk = rpc_receive(stream);
    ck_assert_ptr_nonnull(chunk);
    ck_assert(chunk->data.len == 5 && memcmp(chunk->data.data, "said\n", 5) == 0);
    boxd_rpc_stream_cancel(stream);
    rpc_expect_failure(stream, BOXD_ERR_CANCELLED, "StreamLogs ended early");
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

/* ---- failures ---- */

START_TEST(stream_failures)
{
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&NO_SUCH_STREAM, NULL);
    rpc_expect_failure(stream, BOXD_ERR_UNSUPPORTED, "NoSuchStream");
    const BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    ck_assert_int_eq((int)on->rpc_stream_close_send(stream, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    boxd_rpc_stream_free(stream);

    stream = rpc_open(&DOWNLOAD, NULL);
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    request.vm_id = boxd_box_id(rpc_box);
    request.path = "/no/such";
    rpc_send(stream, &request.base);
    rpc_close_send(stream);
    rpc_expect_failure(stream, BOXD_ERR_NOT_FOUND, "DownloadFileStream");
    boxd_rpc_stream_free(stream);

    e2e_ok(on->box_write_text(rpc_box, "x", "12345", NULL, &error) == BOXD_OK, error);
    boxd_rpc_method wrong = DOWNLOAD; /* whose field 1 is not a number */
    wrong.reply = &boxd_pb__get_vm_request__descriptor;
    stream = rpc_open(&wrong, NULL);
    request.path = "/home/boxd/x";
    rpc_send(stream, &request.base);
    rpc_close_send(stream);
    rpc_expect_failure(stream, BOXD_ERR_PROTOCOL, "GetVmRequest");
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

START_TEST(valid_sends)
{
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    const BoxdPb__GetVmRequest wrong = BOXD_PB__GET_VM_REQUEST__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &wrong.base, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "Exec takes a boxd.api.v1.ExecChunk");
    ck_assert_int_eq((int)on->rpc_stream_send(stream, NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    rpc_send_command(stream, "exit 3");
    rpc_expect_exit(stream, 3);
    const BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "stream \"Exec\": the server has ended the stream");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    rpc_close_send(stream); /* no message follows */
    ck_assert_int_eq((int)on->rpc_stream_close_send(stream, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "boxd_rpc_stream_close_send()");
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

static void expect_too_large(const boxd_error *error)
{
    e2e_expect(error, BOXD_ERR_INVALID_ARGUMENT, "67108864 bytes");
    ck_assert_int_eq((int)error->sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(error->grpc_code, -1);
}

/* A request over 64 MiB is refused before anything is sent: a call of the program, a message on its stream,
 * the request of an operation. */
START_TEST(too_large_requests)
{
    enum { LIMIT = 64 * 1024 * 1024 };
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    char *text = malloc(LIMIT + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', LIMIT);
    text[LIMIT] = '\0';
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    BoxdPb__GetVmRequest get = BOXD_PB__GET_VM_REQUEST__INIT;
    get.vm_id = text;
    ck_assert_ptr_null(on->rpc_call(compute, &GET_VM, &get.base, NULL, &error));
    expect_too_large(&error);
    ck_assert_msg(strstr(error.message, "67108869 bytes"), "%s", error.message);
    ck_assert_ptr_null(on->box_exec(rpc_box, BOXD_ARGV("true", text), NULL, &error));
    expect_too_large(&error);
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    ck_assert_ptr_null(
        on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = "box", .image = text), &error));
    expect_too_large(&error);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.command = text;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    expect_too_large(&error);
    rpc_send_command(stream, "exit 3"); /* the stream goes on */
    rpc_expect_exit(stream, 3);
    boxd_rpc_stream_free(stream);
    ck_assert_int_eq(emulator_count_calls(&emulator, "GetVm", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVm", 0), 0);
    free(text);
    rpc_close_box();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc");
    e2e_add(suite, unary);
    e2e_add(suite, unary_repeats);
    e2e_add(suite, bad_methods);
    e2e_add(suite, both_ways);
    e2e_add(suite, to_the_client);
    e2e_add(suite, to_the_server);
    e2e_add(suite, logs);
    e2e_add(suite, stream_failures);
    e2e_add(suite, valid_sends);
    e2e_add(suite, too_large_requests);
    return e2e_main(suite, NULL);
}
