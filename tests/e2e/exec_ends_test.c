/*
 * The guarantees of docs/exec.md, by their numbers. This file: every command ends, and many run at once
 * (5 to 8); the others are in exec_contract_test.c. Each test fails if its guarantee is violated.
 */
#include "exec_case.h"

#include <pthread.h>
#include <stdio.h>

/* ---- 5. nothing blocks for ever ---- */

static boxd_status read_out(boxd_process *p, boxd_error *error)
{
    on->process_read_stdout(p, NULL, NULL, error);
    return error->status;
}

static boxd_status read_err(boxd_process *p, boxd_error *error)
{
    on->process_read_stderr(p, NULL, NULL, error);
    return error->status;
}

static boxd_status wait_exit(boxd_process *p, boxd_error *error)
{
    return on->process_wait(p, NULL, NULL, NULL, error);
}

static boxd_status write_much(boxd_process *p, boxd_error *error)
{
    static char zeros[64000000]; /* more than gRPC buffers at either end */
    return on->process_write(p, zeros, sizeof zeros, NULL, error);
}

START_TEST(unread_side)
{
    static const struct {
        const char *line;
        boxd_status (*call)(boxd_process *p, boxd_error *error);
        const char *says;
    } cases[] = {{"yes >&2", read_out, "stderr is full"},
                 {"yes", read_err, "stdout is full"},
                 {"yes", wait_exit, "stdout is full"},
                 {"tee /dev/stderr", write_much, "is full"}};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        boxd_process *p = exec_start(box, cases[i].line, BOXD_OPTIONS(boxd_exec_options, .unread_ms = 50));
        ck_assert_int_eq((int)cases[i].call(p, &error), (int)BOXD_ERR_UNREAD_OUTPUT);
        e2e_expect(&error, BOXD_ERR_UNREAD_OUTPUT, cases[i].says);
        ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_RUNNING);
        e2e_ok(on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA, error); /* nothing is lost */
        boxd_chunk_free(chunk);
        boxd_process_free(p);
    }
    /* A merged or discarded side never blocks the command. */
    for (int mode = BOXD_OUTPUT_DISCARD; mode <= BOXD_OUTPUT_MERGE;
         mode += BOXD_OUTPUT_MERGE - BOXD_OUTPUT_DISCARD) {
        boxd_error error = BOXD_ERROR_INIT;
        everything all;
        boxd_process *p =
            exec_start(box, "yes | head -c 1000000 >&2; echo end",
                       BOXD_OPTIONS(boxd_exec_options, .err = {.mode = (boxd_output_mode)mode}));
        e2e_ok(exec_read_all(p, &all, &error) == BOXD_READ_END, error);
        ck_assert_uint_eq(all.size[BOXD_STDOUT], mode == BOXD_OUTPUT_MERGE ? 1000004 : 4);
        exec_release(&all);
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

static void *kill_server(void *own)
{
    emulator_kill(own);
    return NULL;
}

START_TEST(dead_server)
{
    emulator_process own;
    pthread_t killer;
    boxd_error error = BOXD_ERROR_INIT;
    compute = e2e_open_own(_i, &own, NULL);
    boxd_box *box = e2e_box();
    boxd_process *p = exec_start(box, "echo up; sleep 600", NULL);
    e2e_ok(on->process_read(p, NULL, NULL, &error) == BOXD_READ_DATA, error);
    pthread_create(&killer, NULL, kill_server, &own);
    ck_assert_int_eq((int)on->process_read(p, NULL, NULL, &error), (int)BOXD_READ_ERROR);
    pthread_join(killer, NULL);
    e2e_expect(&error, BOXD_ERR_CONNECTION, "connection");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_UNKNOWN);
    ck_assert(!error.has_exit_code);
    boxd_process_free(p);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

/* Another client stops the box: the stream stays silent, and the library asks for the status. */
START_TEST(dead_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_process *p =
        exec_start(box, "echo up; sleep 600", BOXD_OPTIONS(boxd_exec_options, .liveness_ms = 20));
    e2e_ok(on->process_read(p, NULL, NULL, &error) == BOXD_READ_DATA, error);
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_NO_EXIT_STATUS);
    e2e_expect(&error, BOXD_ERR_NO_EXIT_STATUS, "stopped");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_ENDED);
    boxd_process_free(p);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The exit status arrived, and the stream stays open: the result is complete. */
START_TEST(lingering_stream)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int streams = 0; streams < 2; streams++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.liveness_ms = 50;
        exec_inject("\"linger\":true");
        boxd_process *p = streams ? exec_start(box, "echo x; exit 3", &options) : NULL;
        boxd_exec_result *result = NULL;
        everything all = {0};
        if (streams)
            e2e_ok(exec_read_all(p, &all, &error) == BOXD_READ_END, error);
        result = streams ? on->process_result(p, NULL, &error)
                         : on->box_exec_shell(box, "echo x; exit 3", &options, &error);
        e2e_ok(result, error);
        ck_assert_int_eq(result->exit_code, 3);
        ck_assert(!result->exit_confirmed);
        ck_assert_uint_eq(result->out_bytes, 2);
        boxd_exec_result_free(result);
        exec_release(&all);
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

typedef struct closing {
    boxd_process *process;
    boxd_box *box;
    boxd_cancel_token *token;
} closing;

/* Waits until the command runs: on another thread, with blocking functions. */
static void wait_until_up(boxd_box *box)
{
    boxd_exec_result_free(
        boxd_box_exec_shell(box, "until [ -e up ]; do sleep 0.01; done; rm up", NULL, NULL));
}

static void *close_once_up(void *data)
{
    const closing *c = data;
    wait_until_up(c->box);
    boxd_process_close(c->process, NULL, NULL);
    return NULL;
}

static boxd_status read_any(boxd_process *p, boxd_error *error)
{
    on->process_read(p, NULL, NULL, error);
    return error->status;
}

START_TEST(closed_from_another_thread)
{
    boxd_status (*const calls[])(boxd_process *, boxd_error *) = {read_any, read_out, read_err, wait_exit,
                                                                  write_much};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(calls); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        pthread_t thread;
        closing c = {exec_start(box, "touch up; exec sleep 600", NULL), box, NULL};
        pthread_create(&thread, NULL, close_once_up, &c);
        ck_assert_int_eq((int)calls[i](c.process, &error), (int)BOXD_ERR_CANCELLED);
        pthread_join(thread, NULL);
        e2e_ok(on->process_close(c.process, NULL, &error) == BOXD_OK, error); /* a second close */
        boxd_process_free(c.process);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The program never reads, and closes: the command is killed, and the close does not wait. */
START_TEST(never_read)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_process *p = exec_start(box, "trap 'touch killed; exit' TERM; touch up; yes & wait", NULL);
    exec_wait_until(box, "ls up", "up\n");
    boxd_process_free(p);
    exec_wait_until(box, "ls killed", "killed\n");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 6. a timeout or cancel ends the call at once ---- */

static const char SURVIVOR[] = "trap 'touch killed; exit' TERM; touch up; sleep 600 & wait";

static void *cancel_once_up(void *data)
{
    const closing *c = data;
    wait_until_up(c->box);
    boxd_cancel_token_cancel(c->token);
    return NULL;
}

/* Runs SURVIVOR for its result or as a stream, until its token or its deadline stops it. */
static boxd_error run_survivor(boxd_box *box, bool streams, const boxd_call_options *call)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call = *call;
    if (streams) {
        boxd_process *p = exec_start(box, SURVIVOR, &options);
        ck_assert_int_eq((int)on->process_read(p, NULL, NULL, &error), (int)BOXD_READ_ERROR);
        boxd_process_free(p);
    } else {
        ck_assert_ptr_null(on->box_exec_shell(box, SURVIVOR, &options, &error));
    }
    return error;
}

/* The error says that the service has received the request to kill the command, and the command is killed. */
static void expect_killed(boxd_box *box, const boxd_error *error, boxd_status status)
{
    e2e_expect(error, status, "has received the request to kill it");
    ck_assert_int_eq((int)error->command, (int)BOXD_COMMAND_KILLED);
    exec_wait_until(box, "ls killed", "killed\n");
    e2e_do(box, "rm -f killed up");
}

static bool is_up(boxd_box *box)
{
    boxd_exec_result *result = e2e_run(box, "ls up 2>/dev/null || true");
    const bool up = result->out.size > 0;
    boxd_exec_result_free(result);
    return up;
}

START_TEST(stopped_by_its_token)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int streams = 0; streams < 2; streams++) {
        closing c = {.box = box, .token = boxd_cancel_token_new()};
        pthread_t thread;
        pthread_create(&thread, NULL, cancel_once_up, &c);
        const boxd_error error =
            run_survivor(box, streams, BOXD_OPTIONS(boxd_call_options, .cancel = c.token));
        pthread_join(thread, NULL);
        expect_killed(box, &error, BOXD_ERR_CANCELLED);
        boxd_cancel_token_free(c.token);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* If a deadline passes before the command has begun, a longer one follows. */
START_TEST(stopped_by_its_deadline)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int streams = 0; streams < 2; streams++) {
        boxd_error error;
        boxd_call_options call = {.size = sizeof call, .timeout_ms = 250};
        do {
            call.timeout_ms *= 2;
            error = run_survivor(box, streams, &call);
        } while (!is_up(box) && call.timeout_ms < E2E_PATIENCE_MS);
        expect_killed(box, &error, BOXD_ERR_TIMEOUT);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Kept output can be read when there is no result. */
START_TEST(kept_until_the_end)
{
    static const boxd_output_mode modes[] = {BOXD_OUTPUT_KEEP, BOXD_OUTPUT_HEAD, BOXD_OUTPUT_TAIL};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(modes); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        everything all;
        boxd_process *p = exec_start(
            box, "echo said; echo why >&2; touch up; exec sleep 600",
            BOXD_OPTIONS(boxd_exec_options, .out = {.mode = modes[i]}, .err = {.mode = BOXD_OUTPUT_MERGE}));
        wait_until_up(box);
        do { /* until all output has arrived */
            const boxd_call_options soon = {.size = sizeof soon, .timeout_ms = 1};
            on->process_wait(p, &soon, NULL, NULL, &error);
        } while (error.out_bytes < 9);
        e2e_ok(on->process_close(p, NULL, &error) == BOXD_OK, error);
        ck_assert_int_eq((int)exec_read_all(p, &all, &error), (int)BOXD_READ_ERROR);
        e2e_expect(&error, BOXD_ERR_CANCELLED, "closed");
        ck_assert_str_eq(all.data[BOXD_STDOUT], "said\nwhy\n");
        exec_release(&all);
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The error of a command that never began says so. */
START_TEST(never_started)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.cancel = boxd_cancel_token_new();
    boxd_cancel_token_cancel(options.call.cancel);
    ck_assert_ptr_null(on->box_exec_shell(box, "touch ran", &options, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    boxd_cancel_token_free(options.call.cancel);
    boxd_exec_result *result = e2e_run(box, "ls");
    ck_assert_str_eq(result->out.data, "");
    boxd_exec_result_free(result);
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->box_exec_shell(box, "true", NULL, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_FAILED_PRECONDITION);
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 7. a token that expires does not end a stream ---- */

START_TEST(expired_token)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_process *p = exec_start(box, "cat", NULL);
    for (int i = 0; i < 3; i++) {
        boxd_chunk *chunk = NULL;
        e2e_ok(on->process_write(p, "word", 4, NULL, &error) == BOXD_OK, error);
        e2e_ok(on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA, error);
        ck_assert_uint_eq(chunk->size, 4);
        boxd_chunk_free(chunk);
        free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
        boxd_identity *who = on->compute_whoami(compute, NULL, &error); /* with a new token */
        e2e_ok(who, error);
        boxd_identity_free(who);
    }
    int code = -1;
    e2e_ok(on->process_write_eof(p, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->process_wait(p, NULL, &code, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq(code, 0);
    boxd_process_free(p);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 8. many at once: see also connections_test.c, and tests/bench for ten thousand ---- */

/* All commands are open, and each answers, before the first one ends; the server allows 100 calls on a
 * connection. */
START_TEST(a_thousand)
{
    enum { COMMANDS = 1000 };
    static boxd_process *all[COMMANDS];
    emulator_process own;
    boxd_error error = BOXD_ERROR_INIT;
    compute = e2e_open_own(_i, &own, (const char *const[]){"--synthetic-exec", NULL});
    boxd_box *box = e2e_box();
    for (int i = 0; i < COMMANDS; i++) {
        boxd_chunk *chunk = NULL;
        all[i] = exec_start(box, "cat", NULL);
        e2e_ok(on->process_write(all[i], &i, sizeof i, NULL, &error) == BOXD_OK, error);
        e2e_ok(on->process_read(all[i], NULL, &chunk, &error) == BOXD_READ_DATA, error);
        ck_assert(chunk->size == sizeof i && memcmp(chunk->data, &i, sizeof i) == 0);
        boxd_chunk_free(chunk);
    }
    for (int i = 0; i < COMMANDS; i++) {
        int code = -1;
        e2e_ok(on->process_write_eof(all[i], NULL, &error) == BOXD_OK, error);
        e2e_ok(on->process_wait(all[i], NULL, &code, NULL, &error) == BOXD_OK, error);
        ck_assert_int_eq(code, 0);
        boxd_process_free(all[i]);
    }
    e2e_drop(box);
    e2e_close();
    emulator_stop(&own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_ends");
    e2e_add(suite, unread_side);
    e2e_add(suite, dead_server);
    e2e_add(suite, dead_box);
    e2e_add(suite, lingering_stream);
    e2e_add(suite, closed_from_another_thread);
    e2e_add(suite, never_read);
    e2e_add(suite, stopped_by_its_token);
    e2e_add(suite, stopped_by_its_deadline);
    e2e_add(suite, kept_until_the_end);
    e2e_add(suite, never_started);
    e2e_add(suite, expired_token);
    e2e_add(suite, a_thousand);
    return e2e_main(suite, NULL);
}
