/* How running commands end without the program: a dead box, a lost connection, a missing exit status, too
 * much output. */
#include "process_case.h"

/* The emulator leaves the stream of a dead box silent, as the service does. */
static void expect_dead(boxd_process *p, const char *status)
{
    process_expect_failure(p, BOXD_ERR_NO_EXIT_STATUS, status, BOXD_COMMAND_ENDED);
    boxd_process_free(p);
}

START_TEST(dead_box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.liveness_ms = 50;
    boxd_process *p = process_run("sleep 100", &options);
    e2e_ok(on->box_stop(process_box, NULL, &error) == BOXD_OK, error);
    expect_dead(p, "the box is stopped");
    e2e_ok(on->box_start(process_box, NULL, &error) == BOXD_OK, error);
    p = process_run("sleep 100", &options);
    e2e_ok(on->box_destroy(process_box, NULL, &error) == BOXD_OK, error);
    expect_dead(p, "the box is destroy");
    boxd_box_free(process_box);
    e2e_close();
}
END_TEST

/* A program that calls again and again, and one that writes, get the error as well. */
START_TEST(dead_box_of_a_busy_program)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.liveness_ms = 100;
    boxd_process *reads = process_run("sleep 100", &options),
                 *writes = process_run("cat >/dev/null", &options);
    e2e_ok(on->box_stop(process_box, NULL, &error) == BOXD_OK, error);
    const boxd_call_options soon = process_soon(20);
    do {
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)on->process_read(reads, &soon, &chunk, &error), (int)BOXD_READ_ERROR);
    } while (error.status == BOXD_ERR_TIMEOUT);
    e2e_expect(&error, BOXD_ERR_NO_EXIT_STATUS, "the box is stopped");
    do {
        error = (boxd_error)BOXD_ERROR_INIT;
        on->process_write(writes, "x", 1, &soon, &error);
    } while (error.status == BOXD_ERR_TIMEOUT || error.status == BOXD_OK);
    e2e_expect(&error, BOXD_ERR_NO_EXIT_STATUS, "the box is stopped");
    boxd_process_free(reads);
    process_finish(writes);
}
END_TEST

START_TEST(lost_connection)
{
    process_open_box(_i);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"close\":true,\"after_bytes\":2,\"count\":1}");
    boxd_process *p = process_run("sleep 100", NULL);
    process_expect_failure(p, BOXD_ERR_CONNECTION, "Exec", BOXD_COMMAND_UNKNOWN);
    process_finish(p);
}
END_TEST

START_TEST(no_exit_status)
{
    process_open_box(_i);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"no_message\":true,\"count\":1}");
    boxd_process *p = process_start("exit 3", NULL);
    process_expect_failure(p, BOXD_ERR_NO_EXIT_STATUS, "ended without an exit status", BOXD_COMMAND_UNKNOWN);
    boxd_process_free(p);

    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"exit_with_data\":true,\"count\":1}");
    boxd_error error = BOXD_ERROR_INIT;
    p = process_start("exit 0", NULL);
    process_expect(p, on->process_read, "tail\n");
    boxd_exec_result *result = on->process_result(p, NULL, &error);
    e2e_ok(result, error);
    ck_assert(result->success && !result->exit_confirmed);
    boxd_exec_result_free(result);
    process_finish(p);
}
END_TEST

/* Beyond the limit the command continues, and its end reports the counts. */
START_TEST(output_limit)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.out.mode = BOXD_OUTPUT_KEEP;
    options.max_output_bytes = 1000;
    boxd_process *p = process_start("head -c 5000 /dev/zero; printf err >&2; cat; exit 4", &options);
    process_send(p, "12");
    process_send_eof(p);
    process_expect(p, on->process_read_stderr, "err");
    ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_OUTPUT_LIMIT);
    e2e_expect(&error, BOXD_ERR_OUTPUT_LIMIT, "exit code 4, but wrote 5002 + 3 bytes");
    ck_assert(error.has_exit_code && error.exit_code == 4 && error.command == BOXD_COMMAND_ENDED);
    ck_assert(error.in_bytes == 2 && error.out_bytes == 5002 && error.err_bytes == 3);
    process_finish(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process_lost");
    e2e_add(suite, dead_box);
    e2e_add(suite, dead_box_of_a_busy_program);
    e2e_add(suite, lost_connection);
    e2e_add(suite, no_exit_status);
    e2e_add(suite, output_limit);
    return e2e_main(suite, NULL);
}
