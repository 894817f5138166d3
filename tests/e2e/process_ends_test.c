/* How the program ends running commands and calls on them: deadlines, tokens, closing, freeing, unread
 * output. */
#include "process_case.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- the command ---- */

/* A command that writes a file when it gets SIGTERM. The file may appear shortly after the client's error.
 */
static const char UNTIL_KILLED[] =
    "trap 'echo killed >last; exit 1' TERM; printf go; while :; do sleep 0.02; done";

static boxd_process *run_until_killed(const boxd_exec_options *options)
{
    boxd_process *p = process_start(UNTIL_KILLED, options);
    process_expect(p, on->process_read, "go");
    return p;
}

/* Whether the output of the command begins before its deadline ends it. */
static bool begins(boxd_process *p)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    const bool begun = on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA;
    boxd_chunk_free(chunk);
    return begun;
}

/* Starts a command whose deadline passes after the command has begun: a slow machine gets a longer deadline.
 */
static boxd_process *run_until_deadline(int64_t *timeout_ms)
{
    for (*timeout_ms = 250;; *timeout_ms *= 2) {
        boxd_process *p =
            process_start(UNTIL_KILLED, BOXD_OPTIONS(boxd_exec_options, .call = process_soon(*timeout_ms)));
        if (begins(p))
            return p;
        ck_assert_int_lt(*timeout_ms, E2E_PATIENCE_MS);
        boxd_process_free(p);
    }
}

static void expect_last_words(void)
{
    e2e_do(process_box, "until [ -s last ]; do sleep 0.02; done");
    boxd_exec_result *result = e2e_run(process_box, "cat last; rm last");
    ck_assert_str_eq(result->out.data, "killed\n");
    boxd_exec_result_free(result);
}

START_TEST(deadline_of_the_command)
{
    int64_t timeout_ms;
    char message[96];
    process_open_box(_i);
    boxd_process *p = run_until_deadline(&timeout_ms);
    pending wait = PENDING_INIT;
    boxd_aio_process_wait(p, NULL, pending_exit, &wait);
    (void)snprintf(message, sizeof message,
                   "did not end within %d ms; the service has received the request to kill it",
                   (int)timeout_ms);
    process_expect_failure(p, BOXD_ERR_TIMEOUT, message, BOXD_COMMAND_KILLED);
    ck_assert_int_eq((int)pending_settle(&wait), (int)BOXD_ERR_TIMEOUT);
    ck_assert(!wait.error.retryable && wait.error.out_bytes == 2);
    expect_last_words();
    process_finish(p);
}
END_TEST

/* A server that answers nothing. */
START_TEST(deadline_at_the_start)
{
    char message[32];
    boxd_process *p = NULL;
    int timeout_ms = 50;
    process_open_box(_i);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"hang\":true,\"count\":-1}");
    while (!p && timeout_ms < E2E_PATIENCE_MS) { /* a slow machine gets a longer deadline */
        timeout_ms *= 2;
        p = on->box_exec_shell_stream(
            process_box, "true", BOXD_OPTIONS(boxd_exec_options, .call = process_soon(timeout_ms)), NULL);
    }
    (void)snprintf(message, sizeof message, "%d ms", timeout_ms);
    process_expect_failure(p, BOXD_ERR_TIMEOUT, message, BOXD_COMMAND_KILLED);
    emulator_clear_faults(&emulator);
    process_finish(p);
}
END_TEST

START_TEST(token_of_the_command)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    boxd_cancel_token *token = boxd_cancel_token_new();
    options.call = process_until(token);
    boxd_process *p = run_until_killed(&options);
    pending read = PENDING_INIT;
    boxd_aio_process_read(p, NULL, pending_chunk, &read);
    boxd_cancel_token_cancel(token);
    ck_assert_int_eq((int)pending_settle(&read), (int)BOXD_ERR_CANCELLED);
    process_expect_failure(p, BOXD_ERR_CANCELLED,
                           "token was fired; the service has received the request to kill it",
                           BOXD_COMMAND_KILLED);
    expect_last_words();
    boxd_process_free(p);
    ck_assert_ptr_null(
        on->box_exec_stream(process_box, BOXD_ARGV("true"), &options, &error)); /* fired before the start */
    e2e_expect(&error, BOXD_ERR_CANCELLED, "token");
    ck_assert(error.sent == BOXD_SENT_NO && error.command == BOXD_COMMAND_NOT_STARTED);
    boxd_cancel_token_free(token);
    process_close_box();
}
END_TEST

START_TEST(closed_by_the_program)
{
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    boxd_process *p = run_until_killed(NULL);
    for (int i = 0; i < 2; i++)
        e2e_ok(on->process_close(p, NULL, &error) == BOXD_OK, error);
    process_expect_failure(p, BOXD_ERR_CANCELLED,
                           "it was closed; the service has received the request to kill it",
                           BOXD_COMMAND_KILLED);
    ck_assert_int_eq((int)on->process_write(p, "x", 1, NULL, &error), (int)BOXD_ERR_CANCELLED);
    expect_last_words();
    boxd_process_free(p);
    boxd_process_free(run_until_killed(NULL)); /* the same without waiting */
    expect_last_words();
    process_close_box();
}
END_TEST

/* Output that came before the end is read before the end. */
START_TEST(output_before_the_close)
{
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    boxd_process *p = process_start("printf left; printf right >&2; sleep 100", NULL);
    boxd_call_options soon = process_soon(E2E_PATIENCE_MS);
    process_expect(p, on->process_read_stderr, "right"); /* "left" came before the end */
    e2e_ok(on->process_close(p, &soon, &error) == BOXD_OK, error);
    process_expect(p, on->process_read, "left");
    process_expect_failure(p, BOXD_ERR_CANCELLED, "closed", BOXD_COMMAND_KILLED);
    process_finish(p);
}
END_TEST

/* ---- steps ---- */

/* One call of each kind that waits as long as the command is silent. */
typedef void (*start_step)(boxd_process *p, const boxd_call_options *call, pending *step);

static void start_read(boxd_process *p, const boxd_call_options *call, pending *step)
{
    boxd_aio_process_read(p, call, pending_chunk, step);
}

static void start_read_stdout(boxd_process *p, const boxd_call_options *call, pending *step)
{
    boxd_aio_process_read_stdout(p, call, pending_chunk, step);
}

static void start_read_stderr(boxd_process *p, const boxd_call_options *call, pending *step)
{
    boxd_aio_process_read_stderr(p, call, pending_chunk, step);
}

static void start_wait(boxd_process *p, const boxd_call_options *call, pending *step)
{
    boxd_aio_process_wait(p, call, pending_exit, step);
}

static void start_result(boxd_process *p, const boxd_call_options *call, pending *step)
{
    boxd_aio_process_result(p, call, pending_exec, step);
}

static const struct {
    start_step start;
    const char *doing;
} steps[] = {{start_read, "reading from the command in box "},
             {start_read_stdout, "reading from the command in box "},
             {start_read_stderr, "reading from the command in box "},
             {start_wait, "waiting for the command in box "},
             {start_result, "waiting for the command in box "}};

static void gives_up(size_t i, boxd_process *p, const boxd_call_options *call, boxd_status status,
                     const char *part)
{
    pending step = PENDING_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    steps[i].start(p, call, &step);
    e2e_ok(on->process_resize(p, 1, 1, NULL, &error) == BOXD_OK, error); /* no effect: the call has begun */
    if (call->cancel)
        boxd_cancel_token_cancel(call->cancel);
    ck_assert_int_eq((int)pending_settle(&step), (int)status);
    e2e_expect(&step.error, status, steps[i].doing);
    e2e_expect(&step.error, status, part);
    e2e_expect(&step.error, status, "; the command keeps running");
    ck_assert_int_eq((int)step.error.command, (int)BOXD_COMMAND_RUNNING);
    ck_assert_int_eq((int)step.error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(step.error.retryable, status == BOXD_ERR_TIMEOUT);
}

/* Each call times out, and no later output is lost. */
START_TEST(steps_that_give_up)
{
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(steps); i++) {
        boxd_process *p = process_run("cat; exit 5", NULL);
        const boxd_call_options soon = process_soon(30);
        for (int round = 0; round < 3; round++) {
            char text[32];
            (void)snprintf(text, sizeof text, "round %d", round);
            gives_up(i, p, &soon, BOXD_ERR_TIMEOUT, "30 ms");
            const boxd_call_options until = process_until(boxd_cancel_token_new());
            gives_up(i, p, &until, BOXD_ERR_CANCELLED, "token was fired");
            process_send(p, text);
            if (round == 1) /* the output may come before the read or after it */
                e2e_do(process_box, "sleep 0.05");
            process_expect(p, on->process_read, text);
            pending fired = PENDING_INIT;
            steps[i].start(p, &until, &fired); /* fired before the call */
            ck_assert_int_eq((int)pending_settle(&fired), (int)BOXD_ERR_CANCELLED);
            ck_assert_int_eq((int)fired.error.sent, (int)BOXD_SENT_NO);
            boxd_cancel_token_free(until.cancel);
        }
        process_send_eof(p);
        process_expect_exit(p, 5);
        boxd_process_free(p);
    }
    process_close_box();
}
END_TEST

/* The error of a write that ends early says exactly how many bytes arrive. */
START_TEST(writes_that_give_up)
{
    enum { MUCH = 20000000 }; /* more than all buffers between the two ends */
    /* Without keepalive a stopped emulator keeps its connection, however long the stop takes. */
    process_open_box_with(_i, BOXD_OPTIONS(boxd_compute_options, .keepalive_ms = -1));
    char *data = malloc(MUCH);
    memset(data, 'x', MUCH);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *p = process_run("read line; { echo \"$line\"; cat; } | wc -c", NULL);
    process_send(p, "0123\n");
    kill(emulator.pid, SIGSTOP);
    const boxd_call_options soon = process_soon(400);
    boxd_error some = BOXD_ERROR_INIT;
    uint64_t before;
    boxd_status status;
    do { /* until nothing more is sent */
        before = error.in_bytes;
        some = error.sent == BOXD_SENT_UNKNOWN ? error : some;
        status = on->process_write(p, data, MUCH, &soon, &error);
    } while (status == BOXD_ERR_TIMEOUT && (before == 0 || error.in_bytes > before));
    pending first = PENDING_INIT, second = PENDING_INIT;
    const boxd_call_options until = process_until(boxd_cancel_token_new());
    boxd_aio_process_write(p, "abcdef", 6, &until, pending_done, &first); /* waits: nothing of it is sent */
    on->process_resize(p, 1, 1, NULL, NULL);                              /* no effect: the write has begun */
    boxd_cancel_token_cancel(until.cancel);
    pending_settle(&first);
    const boxd_status eof = on->process_write_eof(p, &soon, NULL); /* as if it had not been called */
    boxd_aio_process_write(p, "ghi", 3, NULL, pending_done, &second);
    kill(emulator.pid, SIGCONT); /* before any assertion: other tests need the emulator running */
    e2e_ok(status == BOXD_ERR_TIMEOUT, error);
    e2e_expect(&some, BOXD_ERR_TIMEOUT, "of its 20000000 bytes were accepted; the command keeps running");
    ck_assert(some.sent == BOXD_SENT_UNKNOWN && !some.retryable);
    ck_assert(error.sent == BOXD_SENT_NO && error.retryable);
    ck_assert_int_eq((int)eof, (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&first.error, BOXD_ERR_CANCELLED, "writing to the command");
    ck_assert(first.error.sent == BOXD_SENT_NO && !strstr(first.error.message, "accepted"));
    e2e_ok(pending_settle(&second) == BOXD_OK, second.error);
    process_send_eof(p);
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "%llu\n", (unsigned long long)error.in_bytes + 3);
    process_expect(p, on->process_read, wanted);
    process_expect_exit(p, 0);
    boxd_cancel_token_free(until.cancel);
    free(data);
    process_finish(p);
}
END_TEST

/* ---- all at once ---- */

enum { TOGETHER = 5, MUCH_INPUT = 20000000 };

static char input[MUCH_INPUT];

/* Two reads, two waits, and a write that the command does not read. */
static void start_together(boxd_process *p, pending *all)
{
    for (int i = 0; i < TOGETHER; i++)
        all[i] = (pending)PENDING_INIT;
    start_read_stdout(p, NULL, &all[0]);
    start_read_stderr(p, NULL, &all[1]);
    start_wait(p, NULL, &all[2]);
    start_result(p, NULL, &all[3]);
    boxd_aio_process_write_nocopy(p, input, sizeof input, NULL, NULL, NULL, pending_done, &all[4]);
}

static void expect_together(pending *all, boxd_status status)
{
    for (int i = 0; i < TOGETHER; i++) {
        ck_assert_msg(pending_settle(&all[i]) == status, "step %d: %s", i, all[i].error.message);
        ck_assert_ptr_null(all[i].result);
    }
}

static void expect_once(pending *all)
{
    for (int i = 0; i < TOGETHER; i++)
        ck_assert_msg(all[i].calls == 1, "step %d: %d calls", i, all[i].calls);
}

START_TEST(client_closed_in_the_middle)
{
    enum { PROCESSES = 3 };
    boxd_process *p[PROCESSES];
    pending all[PROCESSES][TOGETHER], opening = PENDING_INIT;
    process_open_box(_i);
    for (int i = 0; i < PROCESSES; i++) {
        p[i] = process_run("sleep 100", NULL);
        if (i < PROCESSES - 1)
            start_together(p[i], all[i]);
    }
    boxd_aio_box_exec_stream(process_box, BOXD_ARGV("sleep", "100"), NULL, pending_process, &opening);
    e2e_close();
    ck_assert_int_eq(opening.calls, 1);
    ck_assert(opening.result || opening.error.status == BOXD_ERR_CLOSED);
    boxd_process_free(opening.result);
    for (int i = 0; i < PROCESSES - 1; i++) {
        expect_once(all[i]);
        for (int k = 0; k < TOGETHER; k++)
            e2e_expect(&all[i][k].error, BOXD_ERR_CLOSED, "it is not known whether the service has received");
    }
    for (int i = 0; i < PROCESSES; i++) { /* they outlive their client */
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)boxd_process_read(p[i], NULL, &chunk, &error), (int)BOXD_READ_ERROR);
        e2e_expect(&error, BOXD_ERR_CLOSED, "closed");
        const boxd_status statuses[] = {
            boxd_process_write(p[i], "x", 1, NULL, &error), boxd_process_write_eof(p[i], NULL, &error),
            boxd_process_resize(p[i], 80, 24, NULL, &error),
            boxd_process_wait(p[i], NULL, NULL, NULL, &error), boxd_process_close(p[i], NULL, &error)};
        for (size_t k = 0; k < COUNT(statuses); k++)
            ck_assert_int_eq((int)statuses[k], (int)BOXD_ERR_CLOSED);
        boxd_process_free(p[i]);
    }
    boxd_box_free(process_box);
}
END_TEST

START_TEST(freed_in_the_middle)
{
    pending all[TOGETHER], opening = PENDING_INIT;
    process_open_box(_i);
    boxd_process *p = process_run("sleep 100", NULL);
    start_together(p, all);
    boxd_process_free(p);
    expect_together(all, BOXD_ERR_CANCELLED);
    boxd_process_free(process_start("sleep 100", NULL)); /* at once */
    boxd_aio_box_exec_stream(process_box, BOXD_ARGV("sleep", "100"), NULL, NULL,
                             NULL); /* without a callback */
    boxd_aio_box_exec_stream(process_box, BOXD_ARGV("sleep", "100"), NULL, pending_process, &opening);
    ck_assert_int_eq((int)pending_settle(&opening), (int)BOXD_OK);
    boxd_process_free(opening.result);
    process_close_box();
    expect_once(all);
}
END_TEST

static void *close_it(void *p)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(boxd_process_close(p, NULL, &error) == BOXD_OK, error);
    return NULL;
}

/* While this thread reads. */
START_TEST(closed_from_another_thread)
{
    process_open_box(_i);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        boxd_process *p = process_run("sleep 100", NULL);
        if (on->dispatch == BOXD_DISPATCH_MANUAL) { /* only this thread dispatches */
            pending close = PENDING_INIT;
            boxd_aio_process_close(p, NULL, pending_done, &close);
            on->process_read(p, NULL, &chunk, &error);
            ck_assert_int_eq((int)pending_settle(&close), (int)BOXD_OK);
        } else {
            pthread_create(&thread, NULL, close_it, p);
            on->process_read(p, NULL, &chunk, &error);
            pthread_join(thread, NULL);
        }
        e2e_expect(&error, BOXD_ERR_CANCELLED, "it was closed");
        boxd_process_free(p);
    }
    process_close_box();
}
END_TEST

/* ---- a fresh token ---- */

/* A command that is refused at its start is restarted once, with all input that was written. */
START_TEST(fresh_token)
{
    process_open_box(_i);
    for (int late = 0; late < 2; late++) {
        boxd_error error = BOXD_ERROR_INIT;
        free(emulator_control(&emulator, "DELETE", "log", NULL));
        emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"count\":1}");
        if (late)
            kill(emulator.pid, SIGSTOP); /* the refusal comes after all input was written */
        boxd_process *p = on->box_exec_stream(process_box, BOXD_ARGV("cat"), NULL, &error);
        pending first = PENDING_INIT, second = PENDING_INIT, eof = PENDING_INIT;
        boxd_aio_process_write(p, "one ", 4, NULL, pending_done, &first);
        boxd_aio_process_write(p, "two", 3, NULL, pending_done, &second);
        boxd_aio_process_write_eof(p, NULL, pending_done, &eof);
        if (late) {
            pending_settle(&eof);
            kill(emulator.pid, SIGCONT); /* before any assertion: other tests need the emulator running */
        }
        e2e_ok(p, error);
        e2e_ok(pending_settle(&first) == BOXD_OK, first.error);
        e2e_ok(pending_settle(&second) == BOXD_OK, second.error);
        e2e_ok(pending_settle(&eof) == BOXD_OK, eof.error);
        process_expect(p, on->process_read, "one two");
        process_expect_exit(p, 0);
        ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 2), 2);
        boxd_process_free(p);
    }
    process_close_box();
}
END_TEST

/* ---- unread output ---- */

START_TEST(unread_output)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.unread_ms = 100;
    options.read_ahead_bytes = 10000;
    boxd_process *p = process_run("head -c 3000000 /dev/zero >&2; cat; exit 6", &options);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    ck_assert_int_eq((int)on->process_read_stdout(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    e2e_expect(&error, BOXD_ERR_UNREAD_OUTPUT, "its stderr is full and was not read for 100 ms");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_RUNNING);
    ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_UNREAD_OUTPUT);
    ck_assert_ptr_null(on->process_result(p, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNREAD_OUTPUT, "stderr");
    ck_assert_int_eq((int)on->process_write(p, input, sizeof input, NULL, &error),
                     (int)BOXD_ERR_UNREAD_OUTPUT);
    const uint64_t accepted = error.in_bytes;

    pending eof = PENDING_INIT; /* nothing is lost */
    boxd_aio_process_write_eof(p, NULL, pending_done, &eof);
    ck_assert_uint_eq(process_drain(p, on->process_read), 3000000 + accepted);
    e2e_ok(pending_settle(&eof) == BOXD_OK, eof.error);
    process_expect_exit(p, 6);
    boxd_process_free(p);

    options.unread_ms = -1; /* for ever: then the timeout of the call ends it */
    p = process_start("head -c 3000000 /dev/zero", &options);
    const boxd_call_options soon = process_soon(200);
    ck_assert_int_eq((int)on->process_wait(p, &soon, NULL, NULL, &error), (int)BOXD_ERR_TIMEOUT);
    ck_assert_uint_eq(process_drain(p, on->process_read), 3000000);
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

/* A resize that waits behind input which the command does not read fails in the end. */
START_TEST(unread_terminal)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.unread_ms = 100;
    options.pty = true;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *p = process_start("stty raw -echo; touch raw; yes", &options);
    /* Before that the terminal accepts all input: it drops what does not fit into a line. */
    e2e_do(process_box, "until [ -e raw ]; do sleep 0.02; done");
    boxd_status resized;
    do { /* until nothing more is sent */
        const boxd_status written = on->process_write(p, input, sizeof input, NULL, &error);
        ck_assert_int_eq((int)written, (int)BOXD_ERR_UNREAD_OUTPUT);
        const bool part = strstr(error.message, "bytes were accepted") != NULL;
        ck_assert_int_eq((int)error.sent, (int)(part ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO));
        resized = on->process_resize(p, 10, 10, NULL, &error);
    } while (resized == BOXD_OK);
    e2e_expect(&error, BOXD_ERR_UNREAD_OUTPUT, "its stdout is full");
    process_finish(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process_ends");
    e2e_add(suite, deadline_of_the_command);
    e2e_add(suite, deadline_at_the_start);
    e2e_add(suite, token_of_the_command);
    e2e_add(suite, closed_by_the_program);
    e2e_add(suite, output_before_the_close);
    e2e_add(suite, steps_that_give_up);
    e2e_add(suite, writes_that_give_up);
    e2e_add(suite, client_closed_in_the_middle);
    e2e_add(suite, freed_in_the_middle);
    e2e_add(suite, closed_from_another_thread);
    e2e_add(suite, fresh_token);
    e2e_add(suite, unread_output);
    e2e_add(suite, unread_terminal);
    return e2e_main(suite, NULL);
}
