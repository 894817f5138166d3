/* The life cycle of a process: every phase, with a service and a clock that the test plays. */
#include "fake_call.h"
#include "fake_client.h"
#include "unit_test.h"

#include <boxd/aio/exec.h>
#include <boxd/aio/process.h>

#include <grpc/status.h>
#include <string.h>

/* The outcome of a call of the program. */
typedef struct outcome {
    int calls;
    boxd_error error;
    boxd_read_status read;
    char data[64];
    int exit_code;
    bool exit_confirmed;
    boxd_exec_result *result;
} outcome;

static boxd_compute *compute;
static boxd_box *box;
static boxd_process *process;
static outcome opened;

static void note(outcome *o, const boxd_error *error)
{
    o->calls++;
    o->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
}

static void on_process(boxd_process *p, const boxd_error *error, void *data)
{
    note(data, error);
    process = p;
}

static void on_result(boxd_exec_result *result, const boxd_error *error, void *data)
{
    note(data, error);
    ((outcome *)data)->result = result;
}

static void on_chunk(boxd_read_status status, boxd_chunk *c, const boxd_error *error, void *data)
{
    outcome *o = data;
    note(o, error);
    o->read = status;
    if (c)
        memcpy(o->data, c->data, c->size);
    o->data[c ? c->size : 0] = '\0';
    boxd_chunk_free(c);
}

static void on_exit_code(boxd_status status, int code, bool confirmed, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
    ((outcome *)data)->exit_code = code;
    ((outcome *)data)->exit_confirmed = confirmed;
}

static void on_done(boxd_status status, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
}

/* ---- the service ---- */

static void output(const char *text, bool is_stderr, int code)
{
    BoxdPb__ExecChunk m = BOXD_PB__EXEC_CHUNK__INIT;
    m.data = wire_bytes(text, strlen(text));
    m.is_stderr = is_stderr;
    m.exit_code = code;
    fake_message(&m.base);
    fake_client_run(compute);
}

static void written(void)
{
    fake_written(true);
    fake_client_run(compute);
}

static void ended(boxd_status status, int grpc_code)
{
    if (status == BOXD_OK)
        fake_ended(&fake_stream, NULL);
    else
        fake_ended_in(&fake_stream, status, grpc_code);
    fake_client_run(compute);
}

static void box_is(const char *status)
{
    BoxdPb__GetVmResponse m = BOXD_PB__GET_VM_RESPONSE__INIT;
    m.status = status;
    fake_replied(&m.base);
    fake_client_run(compute);
}

/* ---- the program ---- */

static void open_client(void)
{
    compute = fake_client_open();
    box = fake_client_box(compute);
    process = NULL;
    opened = (outcome){0};
    fake_stream = fake_unary = (fake_call){.message = grpc_empty_slice()};
    fake_connection_up = fake_confirms = false;
}

static void close_client(void)
{
    boxd_process_free(process);
    fake_client_close(compute);
    if (fake_stream.running) {
        ck_assert(fake_stream.call->stopped);
        ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    }
    fake_client_run(compute);
    ck_assert(fake_client_closed());
    boxd_box_free(box);
    grpc_slice_unref(fake_stream.message);
}

/* A process whose first message was sent. */
static void start_process(const boxd_exec_options *options)
{
    static const char *const argv[] = {"cat", NULL};
    open_client();
    boxd_aio_box_exec_stream(box, argv, options, on_process, &opened);
    fake_client_run(compute);
    fake_opened();
    ck_assert_int_eq(opened.calls, 0);
    written();
    ck_assert_int_eq(opened.calls, 1);
    ck_assert_ptr_nonnull(process);
}

static void read_any(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_process_read(process, NULL, on_chunk, o);
    fake_client_run(compute);
}

static void write_text(outcome *o, const char *text)
{
    *o = (outcome){0};
    boxd_aio_process_write(process, text, strlen(text), NULL, on_done, o);
    fake_client_run(compute);
}

static void wait_for_exit(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_process_wait(process, NULL, on_exit_code, o);
    fake_client_run(compute);
}

static void expect(const outcome *o, boxd_status status, const char *message)
{
    ck_assert_int_eq(o->calls, 1);
    ck_assert_msg(o->error.status == status, "%d: %s", (int)o->error.status, o->error.message);
    ck_assert_msg(strstr(o->error.message, message), "%s", o->error.message);
}

/* Opening, running, ended: each step completes with its event, and reads return the remaining output after
 * the end. */
START_TEST(a_whole_run)
{
    outcome read, write, end, waited, late;
    start_process(NULL);
    read_any(&read);
    ck_assert(read.calls == 0 && fake_stream.reading);
    write_text(&write, "in");
    ck_assert(write.calls == 0 && fake_stream.writing);
    written();
    expect(&write, BOXD_OK, "");
    output("one", false, 0);
    ck_assert(read.calls == 1 && read.read == BOXD_READ_DATA);
    ck_assert_str_eq(read.data, "one");
    output("two", true, 0);
    end = (outcome){0};
    boxd_aio_process_write_eof(process, NULL, on_done, &end);
    fake_client_run(compute);
    ck_assert(end.calls == 0 && fake_stream.half_closes == 1);
    written();
    expect(&end, BOXD_OK, "");
    wait_for_exit(&waited);
    output("", false, 7);
    ck_assert_int_eq(waited.calls, 0);
    fake_message(NULL);
    ended(BOXD_OK, 0);
    expect(&waited, BOXD_OK, "");
    ck_assert_int_eq(waited.exit_code, 7);
    read_any(&read);
    ck_assert_str_eq(read.data, "two");
    read_any(&read);
    ck_assert_int_eq(read.read, BOXD_READ_END);
    write_text(&late, "x");
    expect(&late, BOXD_ERR_FAILED_PRECONDITION, "write_eof");
    close_client();
}
END_TEST

/* A command that is run for its result has no handle. */
START_TEST(a_result)
{
    static const char *const argv[] = {"ls", NULL};
    outcome done = {0};
    open_client();
    boxd_aio_box_exec(box, argv, NULL, on_result, &done);
    fake_client_run(compute);
    fake_opened();
    ck_assert_int_eq(fake_stream.half_closes, 1);
    written();
    output("out", false, 0);
    output("err", true, 3);
    fake_message(NULL);
    ck_assert_int_eq(done.calls, 0);
    ended(BOXD_OK, 0);
    expect(&done, BOXD_OK, "");
    ck_assert_str_eq(done.result->out.data, "out");
    ck_assert_str_eq(done.result->err.data, "err");
    ck_assert(done.result->exit_code == 3 && done.result->exit_confirmed && !done.result->success);
    boxd_exec_result_free(done.result);
    close_client();
}
END_TEST

/* A refusal before any message: the command was not started. */
START_TEST(refused)
{
    static const char *const argv[] = {"ls", NULL};
    open_client();
    boxd_aio_box_exec_stream(box, argv, NULL, on_process, &opened);
    fake_client_run(compute);
    fake_opened();
    ended(BOXD_ERR_NOT_FOUND, GRPC_STATUS_NOT_FOUND);
    expect(&opened, BOXD_ERR_NOT_FOUND, "");
    ck_assert_int_eq(opened.error.command, BOXD_COMMAND_NOT_STARTED);
    ck_assert_ptr_null(process);
    close_client();
}
END_TEST

/* The RPC is reopened with a fresh token: the first message and the input are sent again, and nothing
 * completes twice. */
START_TEST(reopened)
{
    outcome write;
    start_process(NULL);
    write_text(&write, "in");
    fake_opened();
    ck_assert_int_eq(fake_stream.writes, 1);
    written();
    ck_assert_int_eq(write.calls, 0);
    ck_assert_int_eq(fake_stream.writes, 2);
    written();
    expect(&write, BOXD_OK, "");
    ck_assert_int_eq(opened.calls, 1);
    close_client();
}
END_TEST

/* A step that times out leaves the command running, and reports how many bytes were accepted. */
START_TEST(steps_give_up)
{
    outcome read = {0}, write = {0}, again;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    start_process(NULL);
    call.timeout_ms = 50;
    boxd_aio_process_read(process, &call, on_chunk, &read);
    boxd_aio_process_write(process, "abc", 3, &call, on_done, &write);
    fake_client_run(compute);
    read_any(&again);
    expect(&again, BOXD_ERR_FAILED_PRECONDITION, "another read is in progress");
    fake_client_wait(compute, 51);
    expect(&read, BOXD_ERR_TIMEOUT, "; the command keeps running");
    expect(&write, BOXD_ERR_TIMEOUT, "3 of its 3 bytes were accepted");
    ck_assert(write.error.command == BOXD_COMMAND_RUNNING && write.error.in_bytes == 3);
    written();
    read_any(&again);
    output("later", false, 0);
    ck_assert_str_eq(again.data, "later");
    close_client();
}
END_TEST

/* The handle is freed: the run is stopped, and steps end with it. */
START_TEST(freed)
{
    outcome waited;
    start_process(NULL);
    wait_for_exit(&waited);
    boxd_process_free(process);
    process = NULL;
    fake_client_run(compute);
    ck_assert(fake_stream.call->stopped);
    ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    expect(&waited, BOXD_ERR_CANCELLED, "it was closed; it is not known whether the service");
    ck_assert_int_eq(waited.error.command, BOXD_COMMAND_UNKNOWN);
    close_client();
}
END_TEST

/* ---- the evidence that the service has received the cancel ---- */

/* Ends the probe as the service, or the end of its deadline, does. */
static void probe_ends(bool confirms)
{
    fake_confirms = confirms;
    fake_ended_in(&fake_unary, BOXD_ERR_INTERNAL, GRPC_STATUS_INTERNAL);
    fake_client_run(compute);
}

/* The RPC was cancelled: an answer on its connection shows that the cancel has arrived. The run waits for it,
 * and ends once. */
START_TEST(cancel_is_confirmed)
{
    static const struct {
        bool up, confirms;
        boxd_command_state state;
        const char *says;
    } rows[] = {{false, false, BOXD_COMMAND_UNKNOWN, "it is not known whether the service has received"},
                {true, false, BOXD_COMMAND_UNKNOWN, "it is not known whether the service has received"},
                {true, true, BOXD_COMMAND_KILLED, "the service has received the request to kill it"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        outcome waited, closed = {0};
        start_process(NULL);
        fake_connection_up = rows[i].up;
        wait_for_exit(&waited);
        boxd_aio_process_close(process, NULL, on_done, &closed);
        fake_client_run(compute);
        ck_assert(fake_stream.call->stopped);
        ended(BOXD_ERR_CANCELLED, -1);
        ck_assert_int_eq(fake_unary.started, rows[i].up);
        ck_assert_int_eq(waited.calls, !rows[i].up);
        if (rows[i].up)
            probe_ends(rows[i].confirms);
        expect(&waited, BOXD_ERR_CANCELLED, rows[i].says);
        expect(&closed, BOXD_OK, "");
        ck_assert_int_eq(waited.error.command, rows[i].state);
        close_client();
    }
}
END_TEST

/* The timeout of the whole command passes; gRPC may find this first. */
START_TEST(timeout_is_confirmed)
{
    static const char *const argv[] = {"ls", NULL};
    for (int grpc_first = 0; grpc_first < 2; grpc_first++) {
        outcome done = {0};
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.call.timeout_ms = 100;
        open_client();
        fake_connection_up = true;
        boxd_aio_box_exec(box, argv, &options, on_result, &done);
        fake_client_run(compute);
        fake_opened();
        written();
        if (!grpc_first)
            fake_client_wait(compute, 100);
        ended(BOXD_ERR_TIMEOUT, -1);
        ck_assert(fake_unary.started == 1 && done.calls == 0);
        if (grpc_first)
            fake_client_wait(compute, 100);
        ck_assert_int_eq(done.calls, 0);
        probe_ends(true);
        expect(&done, BOXD_ERR_TIMEOUT, "did not end within 100 ms; the service has received");
        ck_assert(done.error.command == BOXD_COMMAND_KILLED && done.error.grpc_code == -1);
        close_client();
    }
}
END_TEST

/* No probe: the request was not sent; the service refused it; the service itself ended the command at a
 * deadline of its own; no call of the program waits, and its handle is freed. */
START_TEST(nothing_to_confirm)
{
    for (int i = 0; i < 4; i++) {
        outcome waited = {0};
        boxd_error error;
        start_process(NULL);
        fake_connection_up = true;
        if (i < 3)
            wait_for_exit(&waited);
        if (i != 2)
            boxd_process_free(process);
        if (i != 2)
            process = NULL;
        fake_client_run(compute);
        const boxd_status status = i == 1 ? BOXD_ERR_QUOTA : i == 2 ? BOXD_ERR_TIMEOUT : BOXD_ERR_CANCELLED;
        error = (boxd_error){.status = status,
                             .grpc_code = i == 1   ? GRPC_STATUS_RESOURCE_EXHAUSTED
                                          : i == 2 ? GRPC_STATUS_DEADLINE_EXCEEDED
                                                   : -1,
                             .sent = i == 0 ? BOXD_SENT_NO : BOXD_SENT_YES};
        fake_ended(&fake_stream, &error);
        fake_client_run(compute);
        ck_assert_int_eq(fake_unary.started, 0);
        ck_assert(i == 3 || waited.calls == 1);
        if (i < 3)
            ck_assert_int_eq(waited.error.command, i < 2 ? BOXD_COMMAND_NOT_STARTED : BOXD_COMMAND_UNKNOWN);
        close_client();
    }
}
END_TEST

/* The client is closed while the probe waits. */
START_TEST(closed_during_the_probe)
{
    outcome waited;
    start_process(NULL);
    fake_connection_up = true;
    wait_for_exit(&waited);
    boxd_process_free(process);
    process = NULL;
    fake_client_run(compute);
    ended(BOXD_ERR_CANCELLED, -1);
    ck_assert_int_eq(fake_unary.started, 1);
    fake_client_close(compute);
    ck_assert(fake_unary.call->stopped);
    probe_ends(false);
    ck_assert_int_eq(waited.calls, 1);
    ck_assert_int_eq(waited.error.command, BOXD_COMMAND_UNKNOWN);
    ck_assert(fake_client_closed());
    boxd_box_free(box);
    grpc_slice_unref(fake_stream.message);
}
END_TEST

/* ---- the exit code ---- */

/* Messages, as pairs of a text and a code, and what they show. A text NULL ends them. */
static const struct exit_row {
    struct {
        const char *text;
        int code;
    } messages[4];
    int code;
    bool confirmed;
} exit_rows[] = {
    {{{"", 0}, {NULL, 0}}, 0, true},
    {{{"x", 0}, {"", 0}, {NULL, 0}}, 0, true},
    {{{"x", 0}, {"", 7}, {NULL, 0}}, 7, true},
    {{{"x", 7}, {NULL, 0}}, 7, true},
    {{{"x", 7}, {"", 7}, {NULL, 0}}, 7, true},
    {{{"x", 0}, {NULL, 0}}, 0, false}, /* without an exit */
    {{{"", 0}, {"x", 0}, {NULL, 0}}, 0, false},
    {{{"", 7}, {"x", 0}, {NULL, 0}}, 7, false}, /* output after the exit */
    {{{"", 7}, {"", 0}, {NULL, 0}}, 7, false},
    {{{"x", 7}, {"y", 0}, {"", 0}, {NULL, 0}}, 7, false},
    {{{"", 7}, {"", 3}, {NULL, 0}}, 3, false},
    {{{"", -1}, {"x", 0}, {NULL, 0}}, -1, false},
};

static void send_exit_row(const struct exit_row *row)
{
    for (size_t i = 0; row->messages[i].text; i++)
        output(row->messages[i].text, false, row->messages[i].code);
    fake_message(NULL);
    ended(BOXD_OK, 0);
}

START_TEST(exit_codes)
{
    for (size_t i = 0; i < COUNT(exit_rows); i++)
        for (int required = 0; required < 2; required++) {
            const struct exit_row *row = &exit_rows[i];
            outcome waited, whole = {0};
            boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
            options.require_exit_confirmed = required;
            start_process(&options);
            wait_for_exit(&waited);
            boxd_aio_process_result(process, NULL, on_result, &whole);
            fake_client_run(compute);
            send_exit_row(row);
            if (required && !row->confirmed) {
                expect(&waited, BOXD_ERR_NO_EXIT_STATUS, "without a confirmed exit status");
                ck_assert(waited.error.has_exit_code && waited.error.exit_code == row->code);
                ck_assert(!waited.error.exit_confirmed && !whole.result);
            } else {
                expect(&waited, BOXD_OK, "");
                ck_assert_msg(waited.exit_code == row->code && waited.exit_confirmed == row->confirmed,
                              "row %zu: %d, %d", i, waited.exit_code, waited.exit_confirmed);
                ck_assert(whole.result->exit_code == row->code &&
                          whole.result->exit_confirmed == row->confirmed &&
                          whole.result->success == (row->code == 0));
                boxd_exec_result_free(whole.result);
            }
            close_client();
        }
}
END_TEST

/* A message with a code other than 0 looks like the exit, also if it has output: the stream may stay open
 * after it. */
START_TEST(exit_with_output_then_silence)
{
    outcome waited;
    start_process(NULL);
    wait_for_exit(&waited);
    output("last", false, 7);
    fake_client_wait(compute, 5000);
    ck_assert(fake_stream.call->stopped && fake_unary.started == 0);
    ended(BOXD_ERR_CANCELLED, -1);
    expect(&waited, BOXD_OK, "");
    ck_assert(waited.exit_code == 7 && !waited.exit_confirmed);
    close_client();
}
END_TEST

/* ---- the size of a command ---- */

/* A command that is longer than a box may take: the failure names the size and the alternatives. */
START_TEST(long_command)
{
    static char word[128 * 1024];
    memset(word, 'x', sizeof word - 1);
    const char *const argv[] = {"ls", word, NULL};
    for (int code = 125; code < 128; code++) {
        outcome done = {0};
        open_client();
        boxd_aio_box_exec(box, argv, NULL, on_result, &done);
        fake_client_run(compute);
        fake_opened();
        written();
        output("", false, code);
        fake_message(NULL);
        ended(BOXD_OK, 0);
        ck_assert_int_eq(done.result->exit_code, code);
        ck_assert_int_eq(done.result->warning != NULL, code >= 126);
        ck_assert(code < 126 || strstr(done.result->warning, "131074 bytes"));
        boxd_exec_result_free(done.result);
        close_client();
    }
    outcome failed = {0};
    open_client();
    boxd_aio_box_exec(box, argv, NULL, on_result, &failed);
    fake_client_run(compute);
    fake_opened();
    ended(BOXD_ERR_INVALID_ARGUMENT, GRPC_STATUS_INVALID_ARGUMENT);
    expect(&failed, BOXD_ERR_INVALID_ARGUMENT, "131074 bytes");
    expect(&failed, BOXD_ERR_INVALID_ARGUMENT, "standard input");
    close_client();
}
END_TEST

/* The client is closed while steps wait: each step ends in BOXD_ERR_CLOSED, with the state of the command.
 */
START_TEST(closed_client)
{
    outcome read, waited;
    start_process(NULL);
    read_any(&read);
    wait_for_exit(&waited);
    fake_client_close(compute);
    ck_assert(fake_stream.call->stopped && read.calls == 0);
    ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    expect(&read, BOXD_ERR_CLOSED, "");
    expect(&waited, BOXD_ERR_CLOSED, "it is not known whether the service has received");
    ck_assert_int_eq(fake_unary.started, 0);
    ck_assert(fake_client_closed());
    boxd_process_free(process);
    boxd_box_free(box);
    grpc_slice_unref(fake_stream.message);
}
END_TEST

/* Silence: the library asks for the status, twice if the box seems dead, and then ends the stream. */
START_TEST(dead_box)
{
    outcome waited;
    start_process(NULL);
    wait_for_exit(&waited);
    ck_assert_int_eq(fake_unary.started, 0);
    fake_client_wait(compute, 5000);
    ck_assert_int_eq(fake_unary.started, 1);
    box_is("running");
    fake_client_wait(compute, 4999);
    ck_assert_int_eq(fake_unary.started, 1);
    fake_client_wait(compute, 1);
    ck_assert_int_eq(fake_unary.started, 2);
    box_is("stopped");
    ck_assert(!fake_stream.call->stopped);
    fake_client_wait(compute, 500);
    ck_assert_int_eq(fake_unary.started, 3);
    box_is("stopped");
    ck_assert(fake_stream.call->stopped);
    ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    expect(&waited, BOXD_ERR_NO_EXIT_STATUS, "the box is stopped");
    ck_assert_int_eq(waited.error.command, BOXD_COMMAND_ENDED);
    close_client();
}
END_TEST

/* The RPC ends during the status probe: the run waits for the answer. */
START_TEST(draining_waits_for_the_probe)
{
    outcome waited;
    start_process(NULL);
    wait_for_exit(&waited);
    fake_client_wait(compute, 5000);
    ended(BOXD_ERR_CONNECTION, GRPC_STATUS_UNAVAILABLE);
    ck_assert(fake_unary.call->stopped && waited.calls == 0);
    fake_ended_in(&fake_unary, BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    fake_client_run(compute);
    expect(&waited, BOXD_ERR_CONNECTION, "");
    ck_assert_int_eq(waited.error.command, BOXD_COMMAND_UNKNOWN);
    close_client();
}
END_TEST

/* No message follows the apparent exit: it counts as the exit. A message that follows after all is an error.
 */
START_TEST(presumed_exit)
{
    for (int refuted = 0; refuted < 2; refuted++) {
        outcome waited;
        start_process(NULL);
        wait_for_exit(&waited);
        output("", false, 9);
        fake_client_wait(compute, 5000);
        ck_assert(fake_stream.call->stopped && fake_unary.started == 0);
        if (refuted)
            output("more", false, 0);
        ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
        if (refuted)
            expect(&waited, BOXD_ERR_NO_EXIT_STATUS, "sent output after its exit status");
        else
            expect(&waited, BOXD_OK, "");
        ck_assert(refuted || waited.exit_code == 9);
        close_client();
    }
}
END_TEST

/* A full side stops reading from the box; if a step waits and the program does not read, the step fails. */
START_TEST(unread_output)
{
    outcome waited, read;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.read_ahead_bytes = 1;
    options.unread_ms = 100;
    start_process(&options);
    output("much", true, 0);
    ck_assert(!fake_stream.reading);
    wait_for_exit(&waited);
    fake_client_wait(compute, 100);
    expect(&waited, BOXD_ERR_UNREAD_OUTPUT, "its stderr is full and was not read for 100 ms");
    read_any(&read);
    ck_assert_str_eq(read.data, "much");
    ck_assert(fake_stream.reading);
    wait_for_exit(&waited);
    fake_client_wait(compute, 1000);
    ck_assert_int_eq(waited.calls, 0);
    close_client();
}
END_TEST

/* The cancel token is fired in each phase: the first step ends once, and only after the RPC. */
START_TEST(cancelled)
{
    static const char *const argv[] = {"ls", NULL};
    for (int phase = 0; phase < 3; phase++) {
        outcome done = {0};
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.call.cancel = boxd_cancel_token_new();
        open_client();
        boxd_aio_box_exec(box, argv, &options, on_result, &done);
        fake_client_run(compute);
        if (phase >= 1)
            fake_opened();
        if (phase >= 2)
            written();
        boxd_cancel_token_cancel(options.call.cancel);
        fake_client_run(compute);
        ck_assert(fake_stream.call->stopped && done.calls == 0);
        ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
        expect(&done, BOXD_ERR_CANCELLED, "token was fired");
        boxd_cancel_token_free(options.call.cancel);
        close_client();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    unit_add(suite, a_whole_run);
    unit_add(suite, a_result);
    unit_add(suite, refused);
    unit_add(suite, reopened);
    unit_add(suite, steps_give_up);
    unit_add(suite, freed);
    unit_add(suite, cancel_is_confirmed);
    unit_add(suite, timeout_is_confirmed);
    unit_add(suite, nothing_to_confirm);
    unit_add(suite, closed_during_the_probe);
    unit_add(suite, exit_codes);
    unit_add(suite, exit_with_output_then_silence);
    unit_add(suite, long_command);
    unit_add(suite, closed_client);
    unit_add(suite, dead_box);
    unit_add(suite, draining_waits_for_the_probe);
    unit_add(suite, presumed_exit);
    unit_add(suite, unread_output);
    unit_add(suite, cancelled);
    return unit_run(suite);
}
