/* The steps of an RPC stream: sends, receives and the end, in every order, with a service that the test
 * plays. */
#include "fake_call.h"
#include "fake_client.h"
#include "unit_test.h"

#include <boxd/aio/rpc.h>

#include <grpc/status.h>
#include <string.h>

typedef struct outcome {
    int calls;
    boxd_error error;
    ProtobufCMessage *message;
} outcome;

static boxd_compute *compute;
static boxd_rpc_stream *stream;
static outcome opened;

static void note(outcome *o, const boxd_error *error)
{
    o->calls++;
    o->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
}

static void on_stream(boxd_rpc_stream *s, const boxd_error *error, void *data)
{
    note(data, error);
    stream = s;
}

static void on_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
    ((outcome *)data)->message = message;
}

static void on_done(boxd_status status, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
}

static void run(void)
{
    fake_client_run(compute);
}

static const ProtobufCMessage *chunk(void)
{
    static const BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    return &message.base;
}

static void open_stream(void)
{
    static const boxd_rpc_method exec =
        BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
    compute = fake_client_open();
    stream = NULL;
    opened = (outcome){0};
    fake_stream = (fake_call){.message = grpc_empty_slice()};
    boxd_aio_rpc_stream_open(compute, &exec, NULL, on_stream, &opened);
    run();
    ck_assert_int_eq(opened.calls, 0);
    fake_opened();
    run();
    ck_assert(opened.calls == 1 && stream);
}

static void close_stream(void)
{
    boxd_rpc_stream_free(stream);
    fake_client_close(compute);
    if (fake_stream.running) {
        ck_assert(fake_stream.call->stopped);
        fake_ended_in(&fake_stream, BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
        run();
    }
    ck_assert(fake_client_closed());
    grpc_slice_unref(fake_stream.message);
}

static void send(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_rpc_stream_send(stream, chunk(), NULL, on_done, o);
    run();
}

static void half_close(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_rpc_stream_close_send(stream, NULL, on_done, o);
    run();
}

static void receive(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_rpc_stream_receive(stream, NULL, on_message, o);
    run();
}

static void written(bool ok)
{
    fake_written(ok);
    run();
}

static void message(void)
{
    fake_message(chunk());
    run();
}

static void ended(boxd_status status, int grpc_code)
{
    if (status == BOXD_OK)
        fake_ended(&fake_stream, NULL);
    else
        fake_ended_in(&fake_stream, status, grpc_code);
    run();
}

static void expect(const outcome *o, boxd_status status, const char *text)
{
    ck_assert_int_eq(o->calls, 1);
    ck_assert_msg(o->error.status == status, "%d: %s", (int)o->error.status, o->error.message);
    ck_assert_msg(strstr(o->error.message, text), "%s", o->error.message);
}

/* A send ends when its message was written, a receive when a message has come; the half-close waits behind a
 * send. */
START_TEST(steps)
{
    outcome first, second, end, got, last, late;
    open_stream();
    send(&first);
    ck_assert(first.calls == 0 && fake_stream.writing);
    send(&second);
    expect(&second, BOXD_ERR_FAILED_PRECONDITION, "another send is in progress");
    half_close(&end);
    written(true);
    expect(&first, BOXD_OK, "");
    ck_assert(end.calls == 0 && fake_stream.half_closes == 1);
    written(true);
    expect(&end, BOXD_OK, "");
    send(&late);
    expect(&late, BOXD_ERR_FAILED_PRECONDITION, "boxd_rpc_stream_close_send()");

    ck_assert_int_eq(fake_stream.reads, 0);
    receive(&got);
    ck_assert(got.calls == 0 && fake_stream.reads == 1);
    receive(&last);
    expect(&last, BOXD_ERR_FAILED_PRECONDITION, "another receive is in progress");
    message();
    expect(&got, BOXD_OK, "");
    ck_assert_ptr_nonnull(got.message);
    boxd_rpc_reply_free(got.message);
    receive(&last);
    fake_message(NULL);
    ended(BOXD_OK, 0);
    expect(&last, BOXD_OK, "");
    ck_assert_ptr_null(last.message);
    close_stream();
}
END_TEST

/* A send that times out leaves the queue if its write has not begun, and reports whether it was sent. */
START_TEST(sends_give_up)
{
    outcome first = {0}, end = {0}, again;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = 10;
    open_stream();
    boxd_aio_rpc_stream_send(stream, chunk(), &call, on_done, &first);
    boxd_aio_rpc_stream_close_send(stream, &call, on_done, &end);
    run();
    fake_client_wait(compute, 11);
    expect(&first, BOXD_ERR_TIMEOUT, "sending on");
    ck_assert_int_eq(first.error.sent, BOXD_SENT_UNKNOWN);
    expect(&end, BOXD_ERR_TIMEOUT, "sending on");
    ck_assert_int_eq(end.error.sent, BOXD_SENT_NO);
    send(&again); /* the half-close was taken back */
    written(true);
    ck_assert(again.calls == 0 && fake_stream.half_closes == 0);
    written(true);
    expect(&again, BOXD_OK, "");
    close_stream();
}
END_TEST

/* A write fails: the stream continues to read. A message shows that the server has ended the RPC. */
START_TEST(closed_by_the_server)
{
    outcome sent, got, late;
    open_stream();
    send(&sent);
    written(false);
    ck_assert(sent.calls == 0 && fake_stream.reading);
    message();
    expect(&sent, BOXD_ERR_FAILED_PRECONDITION, "the server has ended the stream and takes no more messages");
    ck_assert_int_eq(sent.error.sent, BOXD_SENT_UNKNOWN);
    receive(&got);
    expect(&got, BOXD_OK, "");
    boxd_rpc_reply_free(got.message);
    send(&late);
    expect(&late, BOXD_ERR_FAILED_PRECONDITION, "the server has ended the stream");
    ck_assert_int_eq(late.error.sent, BOXD_SENT_NO);
    receive(&got);
    fake_message(NULL);
    ended(BOXD_ERR_NOT_FOUND, GRPC_STATUS_NOT_FOUND);
    expect(&got, BOXD_ERR_NOT_FOUND, "");
    close_stream();
}
END_TEST

/* A write fails, and the status follows: the send ends in that status; or the RPC is reopened, and the
 * message is sent again. */
START_TEST(ended_or_reopened)
{
    for (int reopened = 0; reopened < 2; reopened++) {
        outcome sent, end;
        open_stream();
        send(&sent);
        half_close(&end);
        written(false);
        fake_message(NULL);
        if (reopened) {
            fake_opened();
            ck_assert(fake_stream.writes == 1 && sent.calls == 0);
            written(true);
            expect(&sent, BOXD_OK, "");
            ck_assert_int_eq(opened.calls, 1);
        } else {
            ended(BOXD_ERR_PERMISSION_DENIED, GRPC_STATUS_PERMISSION_DENIED);
            expect(&sent, BOXD_ERR_PERMISSION_DENIED, "");
            ck_assert_int_eq(sent.error.sent, BOXD_SENT_UNKNOWN);
            expect(&end, BOXD_ERR_PERMISSION_DENIED, "");
            ck_assert_int_eq(end.error.sent, BOXD_SENT_NO);
        }
        close_stream();
    }
}
END_TEST

/* Steps that wait when the stream is cancelled or its client is closed end in that status, once. */
START_TEST(stopped)
{
    for (int closed = 0; closed < 2; closed++) {
        outcome sent, got, late;
        open_stream();
        send(&sent);
        receive(&got);
        if (closed)
            fake_client_close(compute);
        else
            boxd_rpc_stream_cancel(stream);
        run();
        ck_assert(fake_stream.call->stopped);
        if (!closed)
            ck_assert(sent.calls == 0 && got.calls == 0);
        ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
        ck_assert_int_eq(sent.error.status, closed ? BOXD_ERR_CLOSED : BOXD_ERR_CANCELLED);
        ck_assert_int_eq(got.error.status, closed ? BOXD_ERR_CLOSED : BOXD_ERR_CANCELLED);
        ck_assert(sent.calls == 1 && got.calls == 1);
        if (closed) {
            boxd_rpc_stream_free(stream);
            grpc_slice_unref(fake_stream.message);
            continue;
        }
        receive(&late);
        expect(&late, BOXD_ERR_CANCELLED, "");
        send(&late);
        expect(&late, BOXD_ERR_CANCELLED, "");
        ck_assert_int_eq(late.error.sent, BOXD_SENT_NO);
        close_stream();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc_stream");
    unit_add(suite, steps);
    unit_add(suite, sends_give_up);
    unit_add(suite, closed_by_the_server);
    unit_add(suite, ended_or_reopened);
    unit_add(suite, stopped);
    return unit_run(suite);
}
