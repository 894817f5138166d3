/* What became of a command: the state after a timeout or cancel, the exit code, the size of a command that
 * fails. */
#include "mem.h"
#include "process_case.h"

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

/* The command is cancelled while the status of its box is asked for, and this call ends inside its stop, as a
 * call does that waits for a token. */
START_TEST(status_probe_that_stops_at_once)
{
    outcome waited;
    start_process(NULL);
    wait_for_exit(&waited);
    fake_client_wait(compute, 5000);
    ck_assert_int_eq(fake_unary.started, 1);
    boxd_process_free(process);
    process = NULL;
    fake_client_run(compute);
    fake_stops_at_once = true;
    ended(BOXD_ERR_CANCELLED, -1);
    fake_client_run(compute);
    expect(&waited, BOXD_ERR_CANCELLED, "");
    ck_assert_int_eq(waited.error.command, BOXD_COMMAND_UNKNOWN);
    close_client();
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

#define LOST "no message with the exit code came after it"
#define CONTRADICTED "later messages contradict it"

/* Messages, as pairs of a text and a code, and what they show. A text NULL ends them. */
static const struct exit_row {
    struct {
        const char *text;
        int code;
    } messages[4];
    int code;
    bool confirmed;
    const char *reason;
} exit_rows[] = {
    {{{"", 0}, {NULL, 0}}, 0, true, NULL},
    {{{"x", 0}, {"", 0}, {NULL, 0}}, 0, true, NULL},
    {{{"x", 0}, {"", 7}, {NULL, 0}}, 7, true, NULL},
    {{{"x", 7}, {NULL, 0}}, 7, true, NULL},
    {{{"x", 7}, {"", 7}, {NULL, 0}}, 7, true, NULL},
    {{{"x", 0}, {NULL, 0}}, 0, false, LOST}, /* without an exit */
    {{{"", 0}, {"x", 0}, {NULL, 0}}, 0, false, LOST},
    {{{"", 7}, {"x", 0}, {NULL, 0}}, 7, false, CONTRADICTED}, /* output after the exit */
    {{{"", 7}, {"", 0}, {NULL, 0}}, 7, false, CONTRADICTED},
    {{{"x", 7}, {"y", 0}, {"", 0}, {NULL, 0}}, 7, false, CONTRADICTED},
    {{{"", 7}, {"", 3}, {NULL, 0}}, 3, false, CONTRADICTED},
    {{{"", -1}, {"x", 0}, {NULL, 0}}, -1, false, CONTRADICTED},
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
                expect(&waited, BOXD_ERR_NO_EXIT_STATUS, "is not confirmed: ");
                ck_assert_msg(strstr(waited.error.message, row->reason), "%s", waited.error.message);
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

/* ---- lack of memory ---- */

/* A command reads a write, and ends in 3. */
static void run_command(void)
{
    fake_client_run(compute);
    if (fake_stream.writing)
        written();
    if (fake_stream.reading && !fake_stream.call->stopped)
        output("y", false, 0);
    if (fake_stream.reading && !fake_stream.call->stopped)
        output("", false, 3);
}

/* Each allocation fails, and all after it. The command was started: no error says that its request was not
 * sent. */
START_TEST(out_of_memory)
{
    unsigned failures = 0;
    for (int64_t n = 0; n < 20; n++) {
        outcome waited = {0}, wrote = {0};
        start_process(NULL);
        boxd_aio_process_wait(process, NULL, on_exit_code, &waited);
        boxd_aio_process_write(process, "x", 1, NULL, on_done, &wrote);
        mem_fail_after(n);
        run_command();
        mem_fail_after(-1);
        if (fake_stream.reading && !fake_stream.call->stopped)
            fake_message(NULL);
        ended(fake_stream.call->stopped ? BOXD_ERR_CANCELLED : BOXD_OK, -1);
        ck_assert_int_eq(waited.calls, 1);
        if (waited.error.status != BOXD_OK) {
            expect(&waited, BOXD_ERR_NO_MEMORY, "out of memory");
            ck_assert(waited.error.sent != BOXD_SENT_NO);
            ck_assert(waited.error.command != BOXD_COMMAND_NONE &&
                      waited.error.command != BOXD_COMMAND_NOT_STARTED);
            failures++;
        }
        close_client();
    }
    ck_assert_uint_ge(failures, 3);
    ck_assert_uint_lt(failures, 20);
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

int main(void)
{
    Suite *suite = suite_create("process_outcome");
    unit_add(suite, cancel_is_confirmed);
    unit_add(suite, timeout_is_confirmed);
    unit_add(suite, nothing_to_confirm);
    unit_add(suite, status_probe_that_stops_at_once);
    unit_add(suite, closed_during_the_probe);
    unit_add(suite, exit_codes);
    unit_add(suite, exit_with_output_then_silence);
    unit_add(suite, out_of_memory);
    unit_add(suite, long_command);
    return unit_run(suite);
}
