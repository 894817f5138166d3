/* The life cycle of a process: every phase, with a service and a clock that the test plays. */
#include "process_case.h"

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

/* The service refuses the command: the start succeeds, because the request was sent, also when gRPC reports
 * the refusal before the end of the write. The wait returns the error. */
START_TEST(refused)
{
    static const char *const argv[] = {"ls", NULL};
    for (int before_write = 0; before_write < 2; before_write++) {
        outcome waited;
        open_client();
        boxd_aio_box_exec_stream(box, argv, NULL, on_process, &opened);
        fake_client_run(compute);
        fake_opened();
        if (!before_write)
            written();
        ended(BOXD_ERR_NOT_FOUND, GRPC_STATUS_NOT_FOUND);
        expect(&opened, BOXD_OK, "");
        ck_assert_ptr_nonnull(process);
        wait_for_exit(&waited);
        expect(&waited, BOXD_ERR_NOT_FOUND, "");
        ck_assert_int_eq(waited.error.command, BOXD_COMMAND_NOT_STARTED);
        close_client();
    }
}
END_TEST

/* No connection: nothing was sent, and there is no process. */
START_TEST(not_sent)
{
    static const char *const argv[] = {"ls", NULL};
    open_client();
    boxd_aio_box_exec_stream(box, argv, NULL, on_process, &opened);
    fake_client_run(compute);
    fake_opened();
    ended(BOXD_ERR_CONNECTION, -1);
    expect(&opened, BOXD_ERR_CONNECTION, "");
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

/* The command ends during a write: the error of each call says how much of its own input was sent. */
START_TEST(writes_at_the_end)
{
    for (int failed = 0; failed < 2; failed++) {
        const boxd_status status = failed ? BOXD_ERR_CONNECTION : BOXD_ERR_FAILED_PRECONDITION;
        outcome first, second = {0}, late;
        start_process(NULL);
        write_text(&first, "abc");
        write_text(&second, "defg");
        fake_written(false);
        output("", false, 7);
        fake_message(NULL);
        ended(failed ? BOXD_ERR_CONNECTION : BOXD_OK, failed ? GRPC_STATUS_UNAVAILABLE : 0);
        expect(&first, status, "; 0 of its 3 bytes were accepted, and it is not known whether 3 more were");
        ck_assert(first.error.sent == BOXD_SENT_UNKNOWN && first.error.in_bytes == 0);
        expect(&second, status, "");
        ck_assert(second.error.sent == BOXD_SENT_NO && !strstr(second.error.message, "accepted"));
        write_text(&late, "x");
        expect(&late, status, "");
        ck_assert_int_eq(late.error.sent, BOXD_SENT_NO);
        close_client();
    }
}
END_TEST

/* The connection breaks while the end of the input is being sent: nothing shows that it was sent. */
START_TEST(end_of_the_input_is_lost)
{
    outcome end = {0}, again = {0};
    start_process(NULL);
    boxd_aio_process_write_eof(process, NULL, on_done, &end);
    boxd_aio_process_write_eof(process, NULL, on_done, &again);
    fake_client_run(compute);
    fake_written(false);
    ended(BOXD_ERR_CONNECTION, GRPC_STATUS_UNAVAILABLE);
    expect(&end, BOXD_ERR_CONNECTION, "");
    ck_assert_int_eq(end.error.sent, BOXD_SENT_UNKNOWN);
    expect(&again, BOXD_ERR_CONNECTION, "");
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
    /* the service has answered the probes only */
    fake_ended(&fake_stream, &(boxd_error){.status = BOXD_ERR_CANCELLED, .grpc_code = -1});
    fake_client_run(compute);
    expect(&waited, BOXD_ERR_NO_EXIT_STATUS, "the box is stopped");
    ck_assert(waited.error.command == BOXD_COMMAND_ENDED && waited.error.sent == BOXD_SENT_UNKNOWN);
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
    unit_add(suite, not_sent);
    unit_add(suite, reopened);
    unit_add(suite, steps_give_up);
    unit_add(suite, writes_at_the_end);
    unit_add(suite, end_of_the_input_is_lost);
    unit_add(suite, freed);
    unit_add(suite, closed_client);
    unit_add(suite, dead_box);
    unit_add(suite, draining_waits_for_the_probe);
    unit_add(suite, presumed_exit);
    unit_add(suite, unread_output);
    unit_add(suite, cancelled);
    return unit_run(suite);
}
