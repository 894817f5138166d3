/* The door to every RPC: unary calls, and streams of each direction; how they end, and what is refused. */
#include "e2e.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#define UNARY(rpc, message, flags)                                                                           \
    BOXD_RPC_METHOD(rpc, boxd_pb__##message##_request, boxd_pb__##message##_response, flags)

static const boxd_rpc_method GET_VM = UNARY("GetVm", get_vm, BOXD_RPC_READ);
static const boxd_rpc_method SUGGEST_NAME = UNARY("SuggestVmName", suggest_vm_name, BOXD_RPC_READ);
static const boxd_rpc_method START_VM = UNARY("StartVm", start_vm, 0);
static const boxd_rpc_method NO_SUCH = UNARY("NoSuchRpc", get_vm, 0);
static const boxd_rpc_method EXEC =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
static const boxd_rpc_method LOGS = BOXD_RPC_METHOD("StreamLogs", boxd_pb__stream_logs_request,
                                                    boxd_pb__log_chunk, BOXD_RPC_STREAM | BOXD_RPC_READ);
static const boxd_rpc_method DOWNLOAD = BOXD_RPC_METHOD("DownloadFileStream", boxd_pb__download_file_request,
                                                        boxd_pb__download_file_chunk, BOXD_RPC_STREAM);
static const boxd_rpc_method UPLOAD = BOXD_RPC_METHOD("UploadFileStream", boxd_pb__upload_file_chunk,
                                                      boxd_pb__upload_file_response, BOXD_RPC_STREAM);
static const boxd_rpc_method NO_SUCH_STREAM =
    BOXD_RPC_METHOD("NoSuchStream", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);

static boxd_box *box;

static void open_box(int i)
{
    e2e_open(i, NULL);
    box = e2e_box();
}

static void close_box(void)
{
    e2e_drop(box);
    e2e_close();
}

static boxd_rpc_stream *open_stream(const boxd_rpc_method *method, const boxd_call_options *call)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, method, call, &error);
    e2e_ok(stream, error);
    return stream;
}

static void send_message(boxd_rpc_stream *stream, const ProtobufCMessage *message)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->rpc_stream_send(stream, message, NULL, &error) == BOXD_OK, error);
}

static void finish_sending(boxd_rpc_stream *stream)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->rpc_stream_finish_sending(stream, NULL, &error) == BOXD_OK, error);
}

/* The next message; NULL at the end. */
static const void *receive(boxd_rpc_stream *stream)
{
    static ProtobufCMessage *last; /* freed with the next one */
    boxd_error error = BOXD_ERROR_INIT;
    boxd_rpc_reply_free(last);
    e2e_ok(on->rpc_stream_receive(stream, NULL, &last, &error) == BOXD_OK, error);
    return last;
}

static void expect_end(boxd_rpc_stream *stream)
{
    ck_assert_ptr_null(receive(stream));
    ck_assert_ptr_null(receive(stream)); /* as often as it is asked for */
}

static void expect_failure(boxd_rpc_stream *stream, boxd_status status, const char *part)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ProtobufCMessage *message = NULL;
        ck_assert_int_eq((int)on->rpc_stream_receive(stream, NULL, &message, &error), (int)status);
        e2e_expect(&error, status, part);
        ck_assert_ptr_null(message);
    }
}

static void send_command(boxd_rpc_stream *stream, const char *line)
{
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    first.vm_id = boxd_box_id(box);
    first.command = line;
    first.stdin = true;
    send_message(stream, &first.base);
}

static void send_input(boxd_rpc_stream *stream, const char *text)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.stdin = true;
    chunk.data = (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
    send_message(stream, &chunk.base);
}

/* Receives output until it is `wanted`. */
static void expect_output(boxd_rpc_stream *stream, const char *wanted)
{
    size_t got = 0;
    while (got < strlen(wanted)) {
        const BoxdPb__ExecChunk *chunk = receive(stream);
        ck_assert_ptr_nonnull(chunk);
        ck_assert_uint_le(got + chunk->data.len, strlen(wanted));
        ck_assert(chunk->data.len == 0 || memcmp(chunk->data.data, wanted + got, chunk->data.len) == 0);
        got += chunk->data.len;
    }
}

static void expect_exit(boxd_rpc_stream *stream, int code)
{
    const BoxdPb__ExecChunk *last = receive(stream);
    ck_assert_ptr_nonnull(last);
    ck_assert_uint_eq(last->data.len, 0);
    ck_assert_int_eq(last->exit_code, code);
    expect_end(stream);
}

static void follow_logs(boxd_rpc_stream *stream)
{
    BoxdPb__StreamLogsRequest request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    request.vm_id = boxd_box_id(box);
    request.follow = true; /* nothing comes while the box says nothing */
    send_message(stream, &request.base);
    finish_sending(stream);
}

/* ---- calls under way beside the test ---- */

typedef struct pending {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    boxd_error error;
    ProtobufCMessage *message;
} pending;

#define PENDING_INIT                                                                                         \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, BOXD_ERROR_INIT, NULL                        \
    }

static void on_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data)
{
    pending *p = data;
    pthread_mutex_lock(&p->lock);
    p->calls++;
    p->message = message;
    ck_assert_int_eq((int)status, (int)(error ? error->status : BOXD_OK));
    if (error)
        p->error = *error;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void on_done(boxd_status status, const boxd_error *error, void *data)
{
    on_message(status, NULL, error, data);
}

static int calls_of(pending *p)
{
    pthread_mutex_lock(&p->lock);
    const int calls = p->calls;
    pthread_mutex_unlock(&p->lock);
    return calls;
}

static boxd_status settle(pending *p)
{
    struct pollfd readable = {.fd = boxd_aio_fd(compute), .events = POLLIN};
    while (readable.fd >= 0 && calls_of(p) == 0) {
        poll(&readable, 1, -1);
        boxd_aio_dispatch(compute, 0);
    }
    pthread_mutex_lock(&p->lock);
    while (p->calls == 0)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return p->error.status;
}

/* ---- one request, one reply ---- */

START_TEST(unary)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    BoxdPb__GetVmRequest request = BOXD_PB__GET_VM_REQUEST__INIT;
    request.vm_id = boxd_box_id(box);
    ProtobufCMessage *reply = on->rpc_call(compute, &GET_VM, &request.base, NULL, &error);
    e2e_ok(reply, error);
    ck_assert_ptr_eq(reply->descriptor, &boxd_pb__get_vm_response__descriptor);
    const BoxdPb__GetVmResponse *vm = (const void *)reply;
    ck_assert_str_eq(vm->vm_id, boxd_box_id(box));
    ck_assert_str_eq(vm->name, boxd_box_name(box));
    boxd_rpc_reply_free(reply);
    reply = on->rpc_call(compute, &SUGGEST_NAME, NULL, NULL, &error);
    e2e_ok(reply, error);
    ck_assert_str_ne(((const BoxdPb__SuggestVmNameResponse *)(const void *)reply)->name, "");
    boxd_rpc_reply_free(reply);
    boxd_rpc_reply_free(NULL);
    request.vm_id = "none-such";
    ck_assert_ptr_null(on->rpc_call(compute, &GET_VM, &request.base, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "GetVm: ");
    ck_assert_int_eq(error.grpc_code, 5);
    ck_assert_ptr_null(on->rpc_call(compute, &NO_SUCH, &request.base, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "NoSuchRpc");
    close_box();
}
END_TEST

/* A read is tried again, nothing else is; a refused token is replaced for both. */
START_TEST(unary_repeats)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    BoxdPb__GetVmRequest get = BOXD_PB__GET_VM_REQUEST__INIT;
    BoxdPb__StartVmRequest start = BOXD_PB__START_VM_REQUEST__INIT;
    get.vm_id = start.vm_id = boxd_box_id(box);
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
    close_box();
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
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    send_command(stream, "cat; exit 7");
    static const char *const chunks[] = {"one\n", "two\n", "three\n"};
    for (size_t i = 0; i < COUNT(chunks); i++) {
        send_input(stream, chunks[i]);
        expect_output(stream, chunks[i]);
    }
    finish_sending(stream);
    expect_exit(stream, 7);
    boxd_rpc_stream_cancel(stream); /* over: no effect */
    expect_end(stream);
    boxd_rpc_stream_free(stream);
    boxd_rpc_stream_free(NULL);
    boxd_rpc_stream_cancel(NULL);
    close_box();
}
END_TEST

START_TEST(to_the_client)
{
    enum { SIZE = 3000000 };
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    char *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 >> 3);
    e2e_ok(on->box_write_file(box, "data", bytes, SIZE, NULL, &error) == BOXD_OK, error);
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    request.vm_id = boxd_box_id(box);
    request.path = "/home/boxd/data";
    boxd_rpc_stream *stream = open_stream(&DOWNLOAD, NULL);
    send_message(stream, &request.base);
    finish_sending(stream);
    size_t got = 0;
    for (const BoxdPb__DownloadFileChunk *chunk; (chunk = receive(stream));) {
        ck_assert(got + chunk->data.len <= SIZE);
        ck_assert(chunk->data.len == 0 || memcmp(bytes + got, chunk->data.data, chunk->data.len) == 0);
        got += chunk->data.len;
    }
    ck_assert_uint_eq(got, SIZE);
    boxd_rpc_stream_free(stream);
    free(bytes);
    close_box();
}
END_TEST

START_TEST(to_the_server)
{
    enum { PIECE = 700000, PIECES = 4 };
    open_box(_i);
    char *bytes = calloc(1, PIECE);
    boxd_rpc_stream *stream = open_stream(&UPLOAD, NULL);
    for (int i = 0; i < PIECES; i++) {
        BoxdPb__UploadFileChunk chunk = BOXD_PB__UPLOAD_FILE_CHUNK__INIT;
        chunk.vm_id = boxd_box_id(box);
        chunk.path = "/home/boxd/up";
        chunk.total_size = (uint64_t)PIECE * PIECES;
        chunk.data = (ProtobufCBinaryData){PIECE, (uint8_t *)bytes};
        send_message(stream, &chunk.base);
    }
    finish_sending(stream);
    const BoxdPb__UploadFileResponse *reply = receive(stream);
    ck_assert_ptr_nonnull(reply);
    ck_assert_uint_eq(reply->bytes_written, (uint64_t)PIECE * PIECES);
    expect_end(stream);
    boxd_rpc_stream_free(stream);
    free(bytes);
    boxd_exec_result *size = e2e_run(box, "wc -c < up");
    ck_assert_int_eq(atoi(size->out.data), PIECE * PIECES);
    boxd_exec_result_free(size);
    close_box();
}
END_TEST

START_TEST(logs)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.cmd = BOXD_ARGV("sh", "-c", "echo said; exec sleep 1000");
    box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
    e2e_ok(box, error);
    boxd_rpc_stream *stream = open_stream(&LOGS, NULL);
    follow_logs(stream);
    const BoxdPb__LogChunk *chunk = receive(stream);
    ck_assert_ptr_nonnull(chunk);
    ck_assert(chunk->data.len == 5 && memcmp(chunk->data.data, "said\n", 5) == 0);
    boxd_rpc_stream_cancel(stream);
    expect_failure(stream, BOXD_ERR_CANCELLED, "StreamLogs ended early");
    boxd_rpc_stream_free(stream);
    close_box();
}
END_TEST

/* ---- how they fail ---- */

START_TEST(stream_failures)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&NO_SUCH_STREAM, NULL);
    expect_failure(stream, BOXD_ERR_UNSUPPORTED, "NoSuchStream");
    const BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    ck_assert_int_eq((int)on->rpc_stream_finish_sending(stream, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    boxd_rpc_stream_free(stream);

    stream = open_stream(&DOWNLOAD, NULL);
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    request.vm_id = boxd_box_id(box);
    request.path = "/no/such";
    send_message(stream, &request.base);
    finish_sending(stream);
    expect_failure(stream, BOXD_ERR_NOT_FOUND, "DownloadFileStream");
    boxd_rpc_stream_free(stream);

    e2e_ok(on->box_write_text(box, "x", "12345", NULL, &error) == BOXD_OK, error);
    boxd_rpc_method wrong = DOWNLOAD; /* whose field 1 is no number */
    wrong.reply = &boxd_pb__get_vm_request__descriptor;
    stream = open_stream(&wrong, NULL);
    request.path = "/home/boxd/x";
    send_message(stream, &request.base);
    finish_sending(stream);
    expect_failure(stream, BOXD_ERR_PROTOCOL, "GetVmRequest");
    boxd_rpc_stream_free(stream);
    close_box();
}
END_TEST

START_TEST(what_may_be_sent)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    const BoxdPb__GetVmRequest wrong = BOXD_PB__GET_VM_REQUEST__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &wrong.base, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "Exec takes a boxd.api.v1.ExecChunk");
    ck_assert_int_eq((int)on->rpc_stream_send(stream, NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    send_command(stream, "exit 3");
    expect_exit(stream, 3);
    const BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "stream \"Exec\": the server has ended it");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    finish_sending(stream); /* nothing follows, indeed */
    ck_assert_int_eq((int)on->rpc_stream_finish_sending(stream, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "boxd_rpc_stream_finish_sending()");
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    boxd_rpc_stream_free(stream);
    close_box();
}
END_TEST

START_TEST(one_at_a_time)
{
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    send_command(stream, "cat");
    pending first = PENDING_INIT, second = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &first);
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &second);
    ck_assert_int_eq((int)settle(&second), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&second.error, BOXD_ERR_FAILED_PRECONDITION, "another receive is under way");
    ck_assert_int_eq(calls_of(&first), 0);
    send_input(stream, "x");
    ck_assert_int_eq((int)settle(&first), (int)BOXD_OK);
    ck_assert_ptr_nonnull(first.message);
    boxd_rpc_reply_free(first.message);
    boxd_rpc_stream_free(stream);
    close_box();
}
END_TEST

/* Sends that the server does not take, since it reads nothing: one is on its way, one waits for it. */
START_TEST(sends_that_wait)
{
    enum { MUCH = 4000000 };
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, until = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 40;
    until.cancel = boxd_cancel_token_new();
    open_box(_i);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"hang\":true,\"count\":1}");
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.data = (ProtobufCBinaryData){MUCH, calloc(1, MUCH)};
    while (on->rpc_stream_send(stream, &chunk.base, &soon, &error) == BOXD_OK)
        continue; /* what buffers on the way take */
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "40 ms");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_UNKNOWN);
    ck_assert(!error.retryable);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_send(stream, &chunk.base, &until, on_done, &p);
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "another send is under way");
    ck_assert_int_eq((int)on->rpc_stream_finish_sending(stream, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    ck_assert_int_eq(calls_of(&p), 0);
    boxd_cancel_token_cancel(until.cancel);
    ck_assert_int_eq((int)settle(&p), (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)p.error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq((int)on->rpc_stream_finish_sending(stream, &soon, &error), (int)BOXD_ERR_TIMEOUT);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq((int)on->rpc_stream_send(stream, &chunk.base, &soon, &error), (int)BOXD_ERR_TIMEOUT);
    ck_assert(error.retryable); /* it never left */
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(until.cancel);
    free(chunk.data.data);
    emulator_clear_faults(&emulator);
    close_box();
}
END_TEST

/* A receive that gives up loses nothing, and the stream lives on. */
START_TEST(a_receive_that_gives_up)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, fired = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 40;
    fired.cancel = boxd_cancel_token_new();
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    send_command(stream, "cat");
    for (int i = 0; i < 3; i++) {
        ProtobufCMessage *message = NULL;
        ck_assert_int_eq((int)on->rpc_stream_receive(stream, &soon, &message, &error), (int)BOXD_ERR_TIMEOUT);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "receiving from stream \"Exec\"");
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "40 ms");
        ck_assert(error.retryable);
        pending p = PENDING_INIT;
        boxd_aio_rpc_stream_receive(stream, &fired, on_message, &p);
        boxd_cancel_token_cancel(fired.cancel);
        ck_assert_int_eq((int)settle(&p), (int)BOXD_ERR_CANCELLED);
        send_input(stream, "kept");
        /* It may come before it is asked for, or not. */
        if (i == 1)
            boxd_exec_result_free(e2e_run(box, "sleep 0.05"));
        expect_output(stream, "kept");
    }
    finish_sending(stream);
    expect_exit(stream, 0);
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(fired.cancel);
    close_box();
}
END_TEST

START_TEST(the_whole_stream)
{
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, token = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 60;
    token.cancel = boxd_cancel_token_new();
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&LOGS, &soon);
    follow_logs(stream);
    expect_failure(stream, BOXD_ERR_TIMEOUT, "60 ms");
    boxd_rpc_stream_free(stream);

    stream = open_stream(&LOGS, &token);
    follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &p);
    boxd_cancel_token_cancel(token.cancel);
    ck_assert_int_eq((int)settle(&p), (int)BOXD_ERR_CANCELLED);
    expect_failure(stream, BOXD_ERR_CANCELLED, "token was fired");
    boxd_rpc_stream_free(stream);
    ck_assert_ptr_null(on->rpc_stream_open(compute, &LOGS, &token, &error)); /* fired before */
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);

    stream = open_stream(&LOGS, NULL);
    follow_logs(stream);
    pending q = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &q);
    boxd_rpc_stream_cancel(stream);
    ck_assert_int_eq((int)settle(&q), (int)BOXD_ERR_CANCELLED);
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(token.cancel);
    close_box();
}
END_TEST

START_TEST(freed_in_the_middle)
{
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&LOGS, NULL);
    follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &p);
    boxd_rpc_stream_free(stream);
    ck_assert_int_eq((int)settle(&p), (int)BOXD_ERR_CANCELLED);
    boxd_rpc_stream_free(open_stream(&EXEC, NULL));
    boxd_aio_rpc_stream_open(compute, &EXEC, NULL, NULL, NULL); /* nobody wants it */
    close_box();
}
END_TEST

START_TEST(closed_in_the_middle)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_rpc_stream *stream = open_stream(&LOGS, NULL), *idle = open_stream(&EXEC, NULL);
    follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, &p);
    e2e_close();
    ck_assert_int_eq(calls_of(&p), 1);
    e2e_expect(&p.error, BOXD_ERR_CLOSED, "closed");
    ProtobufCMessage *message = NULL;
    ck_assert_int_eq((int)boxd_rpc_stream_receive(idle, NULL, &message, &error), (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)boxd_rpc_stream_finish_sending(idle, NULL, &error), (int)BOXD_ERR_CLOSED);
    boxd_rpc_stream_free(stream);
    boxd_rpc_stream_free(idle);
    boxd_box_free(box);
}
END_TEST

/* A stream whose token is refused is begun anew, with all that was sent; not once something came. */
START_TEST(fresh_token)
{
    open_box(_i);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"delay_ms\":30,"
                              "\"count\":1}");
    boxd_rpc_stream *stream = open_stream(&EXEC, NULL);
    send_command(stream, "cat");
    send_input(stream, "one ");
    send_input(stream, "two");
    finish_sending(stream);
    expect_output(stream, "one two");
    expect_exit(stream, 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 2), 2);
    boxd_rpc_stream_free(stream);

    emulator_fault(&emulator,
                   "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"after_bytes\":1,\"count\":1}");
    stream = open_stream(&EXEC, NULL);
    send_command(stream, "yes | head -c 100000");
    boxd_error error = BOXD_ERROR_INIT;
    ProtobufCMessage *message;
    do {
        message = NULL;
        on->rpc_stream_receive(stream, NULL, &message, &error);
        boxd_rpc_reply_free(message);
    } while (message);
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "expired");
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 3), 3);
    boxd_rpc_stream_free(stream);
    emulator_clear_faults(&emulator);
    close_box();
}
END_TEST

START_TEST(null_handles)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->rpc_stream_open(NULL, &EXEC, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    const boxd_status statuses[] = {on->rpc_stream_send(NULL, NULL, NULL, &error),
                                    on->rpc_stream_finish_sending(NULL, NULL, &error),
                                    on->rpc_stream_receive(NULL, NULL, NULL, &error)};
    for (size_t i = 0; i < COUNT(statuses); i++)
        ck_assert_int_eq((int)statuses[i], (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_close();
}
END_TEST

/* ---- no blocking inside a callback ---- */

static void try_blocking(boxd_rpc_stream *stream, int which, boxd_error *error)
{
    ProtobufCMessage *message;
    if (which == 0)
        ck_assert_ptr_null(boxd_rpc_stream_open(compute, &EXEC, NULL, error));
    else if (which == 1)
        boxd_rpc_stream_send(stream, NULL, NULL, error);
    else if (which == 2)
        boxd_rpc_stream_finish_sending(stream, NULL, error);
    else
        boxd_rpc_stream_receive(stream, NULL, &message, error);
}

static const char *const blocking[] = {"boxd_rpc_stream_open", "boxd_rpc_stream_send",
                                       "boxd_rpc_stream_finish_sending", "boxd_rpc_stream_receive"};

static void block_inside(boxd_rpc_stream *stream, const boxd_error *error, void *data)
{
    e2e_ok(stream, *error);
    for (int i = 0; i < (int)COUNT(blocking); i++) {
        boxd_error refused = BOXD_ERROR_INIT;
        char twin[64];
        try_blocking(stream, i, &refused);
        (void)snprintf(twin, sizeof twin, "boxd_aio_%s()", blocking[i] + strlen("boxd_"));
        e2e_expect(&refused, BOXD_ERR_WOULD_DEADLOCK, twin);
    }
    boxd_rpc_stream_free(stream);
    on_done(BOXD_OK, NULL, data);
}

START_TEST(would_deadlock)
{
    e2e_open(_i, NULL);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_open(compute, &EXEC, NULL, block_inside, &p);
    settle(&p);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--list-blocking") == 0) {
        for (size_t i = 0; i < COUNT(blocking); i++)
            puts(blocking[i]);
        return 0;
    }
    Suite *suite = suite_create("rpc");
    e2e_add(suite, unary);
    e2e_add(suite, unary_repeats);
    e2e_add(suite, bad_methods);
    e2e_add(suite, both_ways);
    e2e_add(suite, to_the_client);
    e2e_add(suite, to_the_server);
    e2e_add(suite, logs);
    e2e_add(suite, stream_failures);
    e2e_add(suite, what_may_be_sent);
    e2e_add(suite, one_at_a_time);
    e2e_add(suite, sends_that_wait);
    e2e_add(suite, a_receive_that_gives_up);
    e2e_add(suite, the_whole_stream);
    e2e_add(suite, freed_in_the_middle);
    e2e_add(suite, closed_in_the_middle);
    e2e_add(suite, fresh_token);
    e2e_add(suite, null_handles);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
