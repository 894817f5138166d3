/* Streams of the generic call API: operations in progress at the same time, and ending a stream. */
#include "pending.h"
#include "rpc_case.h"

#include <signal.h>
#include <stdio.h>

START_TEST(one_at_a_time)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "cat");
    pending first = PENDING_INIT, second = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &first);
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &second);
    ck_assert_int_eq((int)pending_settle(&second), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&second.error, BOXD_ERR_FAILED_PRECONDITION, "another receive is in progress");
    ck_assert_int_eq(first.calls, 0);
    rpc_send_input(stream, "x");
    ck_assert_int_eq((int)pending_settle(&first), (int)BOXD_OK);
    ck_assert_ptr_nonnull(first.result);
    boxd_rpc_reply_free(first.result);
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

/* Sends to a server that receives nothing for a while: one message is in progress, the next one waits. */
START_TEST(sends_that_wait)
{
    enum { MUCH = 20000000 }; /* more than all buffers between the two ends */
    enum { FIRST, BESIDE, FINISH_BESIDE, FINISH, NEXT, CASES };
    boxd_error errors[CASES] = {0};
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, until = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 40;
    until.cancel = boxd_cancel_token_new();
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "wc -c");
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.stdin = true;
    chunk.data = (ProtobufCBinaryData){MUCH, calloc(1, MUCH)};

    kill(emulator.pid, SIGSTOP);
    on->rpc_stream_send(stream, &chunk.base, &soon, &errors[FIRST]);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_send(stream, &chunk.base, &until, pending_done, &p);
    on->rpc_stream_send(stream, &chunk.base, NULL, &errors[BESIDE]);
    on->rpc_stream_close_send(stream, &soon, &errors[FINISH_BESIDE]); /* waits behind the send */
    const int calls = p.calls;
    boxd_cancel_token_cancel(until.cancel);
    pending_settle(&p);
    on->rpc_stream_close_send(stream, &soon, &errors[FINISH]);
    on->rpc_stream_send(stream, &chunk.base, &soon, &errors[NEXT]);
    kill(emulator.pid, SIGCONT); /* before any assertion: other tests need the emulator running */

    e2e_expect(&errors[FIRST], BOXD_ERR_TIMEOUT, "40 ms");
    ck_assert(errors[FIRST].sent == BOXD_SENT_UNKNOWN && !errors[FIRST].retryable);
    e2e_expect(&errors[BESIDE], BOXD_ERR_FAILED_PRECONDITION, "another send is in progress");
    e2e_expect(&errors[FINISH_BESIDE], BOXD_ERR_TIMEOUT, "40 ms");
    ck_assert_int_eq(calls, 0);
    e2e_expect(&p.error, BOXD_ERR_CANCELLED, "sending on stream \"Exec\"");
    ck_assert_int_eq((int)p.error.sent, (int)BOXD_SENT_NO);
    for (int i = FINISH; i < CASES; i++) {
        e2e_expect(&errors[i], BOXD_ERR_TIMEOUT, "40 ms");
        ck_assert(errors[i].sent == BOXD_SENT_NO && errors[i].retryable);
    }
    rpc_send_input(stream, "x"); /* the message in progress arrives, the others do not */
    rpc_close_send(stream);
    rpc_expect_output(stream, "20000001\n");
    rpc_expect_exit(stream, 0);
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(until.cancel);
    free(chunk.data.data);
    rpc_close_box();
}
END_TEST

/* A send, a close of the sending side and a receive: each is called while the previous one is in progress.
 */
START_TEST(in_a_row)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "cat; exit 4");
    pending sent = PENDING_INIT, finished = PENDING_INIT, again = PENDING_INIT, received = PENDING_INIT;
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.stdin = true;
    chunk.data = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
    boxd_aio_rpc_stream_send(stream, &chunk.base, NULL, pending_done, &sent);
    boxd_aio_rpc_stream_close_send(stream, NULL, pending_done, &finished);
    boxd_aio_rpc_stream_close_send(stream, NULL, pending_done, &again);
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &received);
    ck_assert_int_eq((int)pending_settle(&sent), (int)BOXD_OK);
    ck_assert_int_eq((int)pending_settle(&finished), (int)BOXD_OK);
    ck_assert_int_eq((int)pending_settle(&again), (int)BOXD_ERR_FAILED_PRECONDITION);
    ck_assert_int_eq((int)pending_settle(&received), (int)BOXD_OK);
    const BoxdPb__ExecChunk *got = (const void *)received.result;
    ck_assert_uint_eq(got->data.len, 5);
    boxd_rpc_reply_free(received.result);
    rpc_expect_exit(stream, 4);
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

/* A receive that times out loses no message, and the stream continues. */
START_TEST(a_receive_that_gives_up)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, fired = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 40;
    fired.cancel = boxd_cancel_token_new();
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "cat");
    for (int i = 0; i < 3; i++) {
        ProtobufCMessage *message = NULL;
        ck_assert_int_eq((int)on->rpc_stream_receive(stream, &soon, &message, &error), (int)BOXD_ERR_TIMEOUT);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "receiving from stream \"Exec\"");
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "40 ms");
        ck_assert(error.retryable);
        pending p = PENDING_INIT;
        boxd_aio_rpc_stream_receive(stream, &fired, pending_message, &p);
        boxd_cancel_token_cancel(fired.cancel);
        ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
        rpc_send_input(stream, "kept");
        /* The message may arrive before the receive or after it. */
        if (i == 1)
            e2e_do(rpc_box, "sleep 0.05");
        rpc_expect_output(stream, "kept");
    }
    rpc_close_send(stream);
    rpc_expect_exit(stream, 0);
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(fired.cancel);
    rpc_close_box();
}
END_TEST

/* Opens a stream of logs whose deadline passes after the request was sent: a slow machine gets a longer one.
 */
static boxd_rpc_stream *follow_until_deadline(int *timeout_ms)
{
    BoxdPb__StreamLogsRequest request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    request.vm_id = boxd_box_id(rpc_box);
    request.follow = true;
    for (*timeout_ms = 60;; *timeout_ms *= 2) {
        const boxd_call_options call = {.size = sizeof call, .timeout_ms = *timeout_ms};
        boxd_rpc_stream *stream = on->rpc_stream_open(compute, &LOGS, &call, NULL);
        if (stream && on->rpc_stream_send(stream, &request.base, NULL, NULL) == BOXD_OK &&
            on->rpc_stream_close_send(stream, NULL, NULL) == BOXD_OK)
            return stream;
        ck_assert_int_lt(*timeout_ms, E2E_PATIENCE_MS);
        boxd_rpc_stream_free(stream);
    }
}

START_TEST(the_whole_stream)
{
    int timeout_ms;
    char message[32];
    boxd_call_options token = BOXD_CALL_OPTIONS_INIT;
    token.cancel = boxd_cancel_token_new();
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    boxd_rpc_stream *stream = follow_until_deadline(&timeout_ms);
    (void)snprintf(message, sizeof message, "%d ms", timeout_ms);
    rpc_expect_failure(stream, BOXD_ERR_TIMEOUT, message);
    boxd_rpc_stream_free(stream);

    stream = rpc_open(&LOGS, &token);
    rpc_follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &p);
    boxd_cancel_token_cancel(token.cancel);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
    rpc_expect_failure(stream, BOXD_ERR_CANCELLED, "token was fired");
    boxd_rpc_stream_free(stream);
    ck_assert_ptr_null(on->rpc_stream_open(compute, &LOGS, &token, &error)); /* fired before the call */
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);

    stream = rpc_open(&LOGS, NULL);
    rpc_follow_logs(stream);
    pending q = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &q);
    boxd_rpc_stream_cancel(stream);
    ck_assert_int_eq((int)pending_settle(&q), (int)BOXD_ERR_CANCELLED);
    boxd_rpc_stream_free(stream);
    boxd_cancel_token_free(token.cancel);
    rpc_close_box();
}
END_TEST

START_TEST(freed_in_the_middle)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&LOGS, NULL);
    rpc_follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &p);
    boxd_rpc_stream_free(stream);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
    boxd_rpc_stream_free(rpc_open(&EXEC, NULL));
    boxd_aio_rpc_stream_open(compute, &EXEC, NULL, NULL, NULL); /* without a callback */
    rpc_close_box();
}
END_TEST

START_TEST(closed_in_the_middle)
{
    boxd_error error = BOXD_ERROR_INIT;
    rpc_open_box(_i);
    boxd_rpc_stream *stream = rpc_open(&LOGS, NULL), *idle = rpc_open(&EXEC, NULL);
    rpc_follow_logs(stream);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_receive(stream, NULL, pending_message, &p);
    e2e_close();
    ck_assert_int_eq(p.calls, 1);
    e2e_expect(&p.error, BOXD_ERR_CLOSED, "closed");
    ProtobufCMessage *message = NULL;
    ck_assert_int_eq((int)boxd_rpc_stream_receive(idle, NULL, &message, &error), (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)boxd_rpc_stream_close_send(idle, NULL, &error), (int)BOXD_ERR_CLOSED);
    boxd_rpc_stream_free(stream);
    boxd_rpc_stream_free(idle);
    boxd_box_free(rpc_box);
}
END_TEST

/* A stream whose token is refused is restarted, and all messages are sent again; but not once a message has
 * arrived. */
START_TEST(fresh_token)
{
    rpc_open_box(_i);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"delay_ms\":30,"
                              "\"count\":1}");
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "cat");
    rpc_send_input(stream, "one ");
    rpc_send_input(stream, "two");
    rpc_close_send(stream);
    rpc_expect_output(stream, "one two");
    rpc_expect_exit(stream, 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 2), 2);
    boxd_rpc_stream_free(stream);

    emulator_fault(&emulator,
                   "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"after_bytes\":1,\"count\":1}");
    stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, "yes | head -c 100000");
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
    rpc_close_box();
}
END_TEST

/* The refusal interrupts a write: the stream has not ended, and the send succeeds in the restarted RPC. */
START_TEST(fresh_token_while_a_send_waits)
{
    enum { MUCH = 900000 }; /* more than the server accepts unread, less than the library keeps */
    rpc_open_box(_i);
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.vm_id = boxd_box_id(rpc_box);
    chunk.command = "wc -c";
    chunk.stdin = true;
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"count\":1}");
    kill(emulator.pid, SIGSTOP);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, &EXEC, NULL, &error);
    if (stream)
        on->rpc_stream_send(stream, &chunk.base, NULL, &error);
    pending p = PENDING_INIT;
    chunk = (BoxdPb__ExecChunk)BOXD_PB__EXEC_CHUNK__INIT;
    chunk.stdin = true;
    chunk.data = (ProtobufCBinaryData){MUCH, calloc(1, MUCH)};
    boxd_aio_rpc_stream_send(stream, &chunk.base, NULL, pending_done, &p);
    kill(emulator.pid, SIGCONT); /* before any assertion: other tests need the emulator running */
    e2e_ok(stream && error.status == BOXD_OK, error);
    e2e_ok(pending_settle(&p) == BOXD_OK, p.error);
    rpc_close_send(stream);
    rpc_expect_output(stream, "900000\n");
    rpc_expect_exit(stream, 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 2), 2);
    boxd_rpc_stream_free(stream);
    free(chunk.data.data);
    rpc_close_box();
}
END_TEST

/* The messages that are kept for a restart are limited in memory: a small message counts with more than its
 * bytes. */
START_TEST(fresh_token_after_small_messages)
{
    enum { SOME = 100, TOO_MANY = 6000 }; /* of 2 bytes */
    static const int counts[] = {SOME, TOO_MANY};
    rpc_open_box(_i);
    for (size_t i = 0; i < COUNT(counts); i++) {
        free(emulator_control(&emulator, "DELETE", "log", NULL));
        emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"count\":1}");
        kill(emulator.pid, SIGSTOP); /* the refusal comes after all messages */
        boxd_error error = BOXD_ERROR_INIT;
        boxd_rpc_stream *stream = on->rpc_stream_open(compute, &EXEC, NULL, &error);
        BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
        chunk.vm_id = boxd_box_id(rpc_box);
        chunk.command = "cat";
        chunk.stdin = true;
        for (int n = 0; stream && n <= counts[i] && error.status == BOXD_OK; n++) {
            on->rpc_stream_send(stream, &chunk.base, NULL, &error);
            chunk = (BoxdPb__ExecChunk)BOXD_PB__EXEC_CHUNK__INIT;
            chunk.stdin = true;
        }
        on->rpc_stream_close_send(stream, NULL, error.status == BOXD_OK ? &error : NULL);
        kill(emulator.pid, SIGCONT); /* before any assertion: other tests need the emulator running */
        e2e_ok(stream && error.status == BOXD_OK, error);
        if (counts[i] == SOME) {
            rpc_expect_exit(stream, 0);
            ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 2), 2);
        } else {
            rpc_expect_failure(stream, BOXD_ERR_AUTHENTICATION, "expired");
            ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 1), 1);
        }
        boxd_rpc_stream_free(stream);
    }
    rpc_close_box();
}
END_TEST

/* ---- the server ends it before the program does ---- */

/* A command that does not wait for its input, and ends. */
static boxd_rpc_stream *open_ended(const char *line)
{
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    boxd_rpc_stream *stream = rpc_open(&EXEC, NULL);
    rpc_send_command(stream, line);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 1), 1);
    return stream;
}

/* The first sends may be in progress when the end arrives: then the bytes of a send that fails may be sent.
 */
static void send_until_refused(boxd_rpc_stream *stream)
{
    const BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    boxd_error error = BOXD_ERROR_INIT;
    while (on->rpc_stream_send(stream, &chunk.base, NULL, &error) == BOXD_OK)
        ;
    for (int again = 0; again < 2; again++) {
        e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "the server has ended the stream and takes no more");
        ck_assert(error.sent == BOXD_SENT_NO || (again == 0 && error.sent == BOXD_SENT_UNKNOWN));
        ck_assert(!error.retryable);
        on->rpc_stream_send(stream, &chunk.base, NULL, &error);
    }
}

/* The remaining messages of the command can still be received, however much is sent before. */
START_TEST(sends_after_the_end)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = open_ended("exit 3");
    send_until_refused(stream);
    rpc_expect_exit(stream, 3);
    send_until_refused(stream);
    rpc_close_send(stream);
    boxd_rpc_stream_free(stream);

    stream = open_ended("printf said; exit 4");
    send_until_refused(stream);
    rpc_close_send(stream);
    rpc_expect_output(stream, "said");
    rpc_expect_exit(stream, 4);
    boxd_rpc_stream_free(stream);

    stream = open_ended("printf said; exit 5");
    rpc_expect_output(stream, "said");
    send_until_refused(stream);
    rpc_expect_exit(stream, 5);
    boxd_rpc_stream_free(stream);

    stream = open_ended("exit 6");
    rpc_close_send(stream);
    rpc_expect_exit(stream, 6);
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

/* The remaining messages may also be dropped. */
START_TEST(dropped_after_the_end)
{
    rpc_open_box(_i);
    boxd_rpc_stream *stream = open_ended("printf said; exit 3");
    send_until_refused(stream);
    boxd_rpc_stream_free(stream);
    stream = open_ended("printf said; exit 3");
    send_until_refused(stream);
    boxd_rpc_stream_cancel(stream);
    rpc_expect_output(stream, "said"); /* had arrived */
    rpc_expect_failure(stream, BOXD_ERR_CANCELLED, "Exec ended early");
    boxd_rpc_stream_free(stream);
    rpc_close_box();
}
END_TEST

START_TEST(null_handles)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->rpc_stream_open(NULL, &EXEC, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    const boxd_status statuses[] = {on->rpc_stream_send(NULL, NULL, NULL, &error),
                                    on->rpc_stream_close_send(NULL, NULL, &error),
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
        boxd_rpc_stream_close_send(stream, NULL, error);
    else
        boxd_rpc_stream_receive(stream, NULL, &message, error);
}

static const char *const blocking[] = {"boxd_rpc_stream_open", "boxd_rpc_stream_send",
                                       "boxd_rpc_stream_close_send", "boxd_rpc_stream_receive"};

static void block_inside(boxd_rpc_stream *stream, const boxd_error *error, void *data)
{
    e2e_ok(stream, *error);
    for (int i = 0; i < (int)COUNT(blocking); i++) {
        boxd_error refused = BOXD_ERROR_INIT;
        try_blocking(stream, i, &refused);
        e2e_would_deadlock(&refused, blocking[i]);
    }
    boxd_rpc_stream_free(stream);
    pending_done(BOXD_OK, NULL, data);
}

START_TEST(would_deadlock)
{
    e2e_open(_i, NULL);
    pending p = PENDING_INIT;
    boxd_aio_rpc_stream_open(compute, &EXEC, NULL, block_inside, &p);
    pending_settle(&p);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    if (e2e_list_blocking(argc, argv, blocking, COUNT(blocking)))
        return 0;
    Suite *suite = suite_create("rpc_stream");
    e2e_add(suite, one_at_a_time);
    e2e_add(suite, sends_that_wait);
    e2e_add(suite, in_a_row);
    e2e_add(suite, a_receive_that_gives_up);
    e2e_add(suite, the_whole_stream);
    e2e_add(suite, freed_in_the_middle);
    e2e_add(suite, closed_in_the_middle);
    e2e_add(suite, fresh_token);
    e2e_add(suite, fresh_token_while_a_send_waits);
    e2e_add(suite, fresh_token_after_small_messages);
    e2e_add(suite, sends_after_the_end);
    e2e_add(suite, dropped_after_the_end);
    e2e_add(suite, null_handles);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
