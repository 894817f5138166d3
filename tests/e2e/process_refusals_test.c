/* Running commands: refusals by the service, and refusals by the library: options, invalid uses, NULL
 * handles, blocking calls inside a callback. */
#include "process_case.h"

#include <stdio.h>

/* ---- refusals by the service ---- */

static boxd_status by_wait(boxd_process *p, boxd_error *error)
{
    return on->process_wait(p, NULL, NULL, NULL, error);
}

static boxd_status by_read(boxd_process *p, boxd_error *error)
{
    boxd_chunk *chunk = NULL;
    ck_assert_int_eq((int)on->process_read(p, NULL, &chunk, error), (int)BOXD_READ_ERROR);
    return error->status;
}

static boxd_status by_result(boxd_process *p, boxd_error *error)
{
    ck_assert_ptr_null(on->process_result(p, NULL, error));
    return error->status;
}

static boxd_status (*const ways[])(boxd_process *p, boxd_error *error) = {by_wait, by_read, by_result};

static const struct {
    int code;
    boxd_status status;
    boxd_command_state command;
} codes[] = {
    {1, BOXD_ERR_FAILED, BOXD_COMMAND_UNKNOWN},
    {2, BOXD_ERR_INTERNAL, BOXD_COMMAND_UNKNOWN},
    {3, BOXD_ERR_INVALID_ARGUMENT, BOXD_COMMAND_NOT_STARTED},
    {4, BOXD_ERR_TIMEOUT, BOXD_COMMAND_UNKNOWN},
    {5, BOXD_ERR_NOT_FOUND, BOXD_COMMAND_NOT_STARTED},
    {6, BOXD_ERR_ALREADY_EXISTS, BOXD_COMMAND_UNKNOWN},
    {7, BOXD_ERR_PERMISSION_DENIED, BOXD_COMMAND_NOT_STARTED},
    {8, BOXD_ERR_QUOTA, BOXD_COMMAND_NOT_STARTED},
    {9, BOXD_ERR_FAILED_PRECONDITION, BOXD_COMMAND_NOT_STARTED},
    {10, BOXD_ERR_FAILED, BOXD_COMMAND_UNKNOWN},
    {11, BOXD_ERR_FAILED, BOXD_COMMAND_UNKNOWN},
    {12, BOXD_ERR_UNSUPPORTED, BOXD_COMMAND_NOT_STARTED},
    {13, BOXD_ERR_INTERNAL, BOXD_COMMAND_UNKNOWN},
    {14, BOXD_ERR_CONNECTION, BOXD_COMMAND_UNKNOWN},
    {15, BOXD_ERR_FAILED, BOXD_COMMAND_UNKNOWN},
    {16, BOXD_ERR_AUTHENTICATION, BOXD_COMMAND_NOT_STARTED},
};

/* At the start; and after output, which is read first. */
static void refuse(size_t k, size_t way, bool late)
{
    char fault[160];
    boxd_error error = BOXD_ERROR_INIT;
    (void)snprintf(
        fault, sizeof fault, "{\"rpc\":\"Exec\",\"code\":%d,\"message\":\"because of %d\",\"count\":%d%s}",
        codes[k].code, codes[k].code, codes[k].code == 16 && !late ? 2 : 1, late ? ",\"after_bytes\":2" : "");
    emulator_fault(&emulator, fault);
    boxd_process *p = process_start(late ? "printf go; sleep 100" : "sleep 100", NULL);
    if (late)
        process_expect(p, on->process_read, "go");
    const boxd_status status = ways[way](p, &error);
    ck_assert_msg(status == codes[k].status && error.status == status, "code %d, way %zu: %s: %s",
                  codes[k].code, way, boxd_status_name(status), error.message);
    ck_assert_int_eq(error.grpc_code, codes[k].code);
    ck_assert_msg(strstr(error.message, "Exec") && strstr(error.message, "because of "), "%s", error.message);
    ck_assert_msg(!strstr(error.message, "connection"), "it did not fail: %s", error.message);
    ck_assert_msg(error.command == (late ? BOXD_COMMAND_UNKNOWN : codes[k].command),
                  "code %d, late %d: command %d", codes[k].code, late, (int)error.command);
    ck_assert(!error.has_exit_code);
    boxd_process_free(p);
    emulator_clear_faults(&emulator);
}

START_TEST(service_refuses)
{
    process_open_box(_i);
    for (size_t k = 0; k < COUNT(codes); k++) {
        for (size_t way = 0; way < COUNT(ways); way++)
            refuse(k, way, false);
        refuse(k, k % COUNT(ways), true);
    }
    process_close_box();
}
END_TEST

START_TEST(box_by_name)
{
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(process_box), &error);
    boxd_process *p = on->box_exec_stream(named, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(p, error);
    process_send(p, "x");
    process_expect(p, on->process_read, "x");
    process_send_eof(p);
    process_expect_exit(p, 0);
    boxd_process_free(p);
    boxd_box_free(named);
    named = boxd_box_from_name(compute, "none-such", &error);
    ck_assert_ptr_null(on->box_exec_stream(named, BOXD_ARGV("cat"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none-such");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_box_free(named);
    process_close_box();
}
END_TEST

/* ---- refusals by the library ---- */

#define OF(...) BOXD_OPTIONS(boxd_exec_options, __VA_ARGS__)

START_TEST(bad_options)
{
    const struct {
        const boxd_exec_options *options;
        const char *says;
        bool streams, buffered;
    } cases[] = {
        {OF(.in = {.mode = BOXD_INPUT_PIPE}), "returns no process to write to", false, true},
        {OF(.out = {.mode = BOXD_OUTPUT_PIPE}),
         "out.mode is BOXD_OUTPUT_PIPE, but this call returns no process to read from", false, true},
        {OF(.err = {.mode = BOXD_OUTPUT_PIPE}), "err.mode is BOXD_OUTPUT_PIPE", false, true},
        {OF(.in = {.mode = BOXD_INPUT_CLOSED}, .pty = true), "a PTY keeps its input open", true, false},
        {OF(.in = {.mode = BOXD_INPUT_CLOSED}, .interactive = true), "a PTY keeps its input open", true,
         false},
        {OF(.in = {.mode = (boxd_input_mode)9}), "in.mode is 9", true, true},
        {OF(.in = {.mode = BOXD_INPUT_BYTES, .data_size = 3}), "in.data is NULL, but in.data_size is 3", true,
         true},
        {OF(.out = {.mode = BOXD_OUTPUT_MERGE}), "which is for err", true, true},
        {OF(.out = {.mode = (boxd_output_mode)-1}), "out.mode is -1", true, true},
        {OF(.err = {.mode = (boxd_output_mode)8}), "err.mode is 8", true, true},
        {OF(.in = {.mode = BOXD_INPUT_FD, .fd = -1}),
         "in: descriptor -1 cannot be read (Bad file descriptor)", true, true},
        {OF(.out = {.mode = BOXD_OUTPUT_FD, .fd = 4000}), "out: descriptor 4000 cannot be written", true,
         true},
        {OF(.err = {.mode = BOXD_OUTPUT_FD, .fd = -7}), "err: descriptor -7 cannot be written", true, true},
        {OF(.in = {.data = "x", .data_size = 1}), "in.mode is not BOXD_INPUT_BYTES", true, true},
        {OF(.in = {.fd = 5}), "in.mode is not BOXD_INPUT_FD", true, true},
        {OF(.out = {.fd = 1}), "out.mode is not BOXD_OUTPUT_FD", true, true},
        {OF(.err = {.keep_bytes = 10}), "err.mode is neither BOXD_OUTPUT_HEAD nor _TAIL nor _FD", true, true},
        {OF(.liveness_ms = -2), "liveness_ms is -2", true, true},
        {OF(.unread_ms = -3), "unread_ms is -3", true, true},
        {OF(.env = BOXD_ARGV("A B=1")), "A B", true, true},
    };
    process_open_box(_i);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        if (cases[i].streams)
            ck_assert_ptr_null(on->box_exec_stream(process_box, BOXD_ARGV("true"), cases[i].options, &error));
        if (cases[i].streams)
            e2e_refused(error.status, &error, cases[i].says);
        if (cases[i].buffered)
            ck_assert_ptr_null(on->box_exec(process_box, BOXD_ARGV("true"), cases[i].options, &error));
        e2e_refused(error.status, &error, cases[i].says);
    }
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 0), 0);
    process_close_box();
}
END_TEST

START_TEST(nothing_to_run)
{
    process_open_box(_i);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    const char *const *const no_words[] = {NULL, BOXD_ARGV(NULL), BOXD_ARGV("")};
    for (size_t i = 0; i < COUNT(no_words); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_exec_stream(process_box, no_words[i], NULL, &error));
        e2e_refused(error.status, &error, "argv is empty or begins with an empty string");
    }
    const char *const no_lines[] = {NULL, ""};
    for (size_t i = 0; i < COUNT(no_lines); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_exec_shell_stream(process_box, no_lines[i], NULL, &error));
        ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    }
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 0), 0);
    process_close_box();
}
END_TEST

static void refused(boxd_status status, const boxd_error *error, const char *part)
{
    ck_assert_int_eq((int)status, (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(error, BOXD_ERR_FAILED_PRECONDITION, part);
    e2e_expect(error, BOXD_ERR_FAILED_PRECONDITION, boxd_box_name(process_box));
}

START_TEST(invalid_uses)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.out.mode = BOXD_OUTPUT_DISCARD;
    options.in.mode = BOXD_INPUT_CLOSED;
    boxd_process *p = process_start("sleep 100", &options);
    ck_assert_int_eq((int)on->process_read_stdout(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "its stdout is not a pipe: options.out");
    refused(on->process_write(p, "x", 1, NULL, &error), &error, "its input is not a pipe: options.in");
    refused(on->process_write_eof(p, NULL, &error), &error, "its input is not a pipe");
    boxd_process_free(p);

    options.err.mode = BOXD_OUTPUT_MERGE;
    p = process_start("sleep 100", &options);
    ck_assert_int_eq((int)on->process_read(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "neither its stdout nor its stderr is a pipe");
    ck_assert_int_eq((int)on->process_read_stderr(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "its stderr is not a pipe: options.err");
    boxd_process_free(p);

    p = process_start("cat", NULL);
    ck_assert_int_eq((int)on->process_write(p, NULL, 3, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "data is NULL, but size is 3");
    e2e_ok(on->process_write(p, NULL, 0, NULL, &error) == BOXD_OK, error);
    process_send_eof(p);
    refused(on->process_write(p, "x", 1, NULL, &error), &error, "boxd_process_write_eof()");
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

typedef void (*async_reader)(boxd_process *, const boxd_call_options *, boxd_chunk_cb, void *);

START_TEST(two_readers)
{
    static const struct {
        async_reader first, second;
        bool refused;
    } cases[] = {
        {boxd_aio_process_read, boxd_aio_process_read, true},
        {boxd_aio_process_read, boxd_aio_process_read_stdout, true},
        {boxd_aio_process_read, boxd_aio_process_read_stderr, true},
        {boxd_aio_process_read_stdout, boxd_aio_process_read, true},
        {boxd_aio_process_read_stdout, boxd_aio_process_read_stdout, true},
        {boxd_aio_process_read_stderr, boxd_aio_process_read_stderr, true},
        {boxd_aio_process_read_stdout, boxd_aio_process_read_stderr, false},
    };
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_process *p = process_start("read x; echo out; echo err >&2", NULL);
        pending first = PENDING_INIT, second = PENDING_INIT;
        cases[i].first(p, NULL, pending_chunk, &first);
        cases[i].second(p, NULL, pending_chunk, &second);
        if (cases[i].refused) {
            ck_assert_int_eq((int)pending_settle(&second), (int)BOXD_ERR_FAILED_PRECONDITION);
            refused(second.error.status, &second.error, "another read is in progress");
            ck_assert_int_eq(first.calls, 0);
        }
        process_send(p, "\n");
        ck_assert_int_eq((int)pending_settle(&first), (int)BOXD_OK);
        boxd_chunk_free(first.result);
        if (!cases[i].refused)
            ck_assert_int_eq((int)pending_settle(&second), (int)BOXD_OK);
        boxd_chunk_free(second.result);
        process_drain(p, on->process_read);
        boxd_process_free(p);
    }
    process_close_box();
}
END_TEST

/* ---- NULL handles; inside a callback ---- */

static const char *const blocking[] = {
    "boxd_box_exec_stream",     "boxd_box_exec_shell_stream", "boxd_process_read",
    "boxd_process_read_stdout", "boxd_process_read_stderr",   "boxd_process_write",
    "boxd_process_write_eof",   "boxd_process_resize",        "boxd_process_wait",
    "boxd_process_result",      "boxd_process_close"};

/* Calls each function on `s`, in the order of `blocking`. */
static void call_each(const surface *s, boxd_box *box, boxd_process *p, boxd_error *errors)
{
    boxd_chunk *chunk = (void *)"not NULL";
    ck_assert_ptr_null(s->box_exec_stream(box, BOXD_ARGV("true"), NULL, errors++));
    ck_assert_ptr_null(s->box_exec_shell_stream(box, "true", NULL, errors++));
    ck_assert_int_eq((int)s->process_read(p, NULL, &chunk, errors++), (int)BOXD_READ_ERROR);
    ck_assert_ptr_null(chunk);
    ck_assert_int_eq((int)s->process_read_stdout(p, NULL, NULL, errors++), (int)BOXD_READ_ERROR);
    ck_assert_int_eq((int)s->process_read_stderr(p, NULL, NULL, errors++), (int)BOXD_READ_ERROR);
    s->process_write(p, "x", 1, NULL, errors++);
    s->process_write_eof(p, NULL, errors++);
    s->process_resize(p, 80, 24, NULL, errors++);
    s->process_wait(p, NULL, NULL, NULL, errors++);
    ck_assert_ptr_null(s->process_result(p, NULL, errors++));
    s->process_close(p, NULL, errors++);
}

START_TEST(null_handles)
{
    boxd_error errors[COUNT(blocking)] = {0};
    e2e_open(_i, NULL);
    call_each(on, NULL, NULL, errors);
    for (size_t i = 0; i < COUNT(errors); i++)
        e2e_refused(errors[i].status, &errors[i], "NULL");
    boxd_process_free(NULL);
    boxd_chunk_free(NULL);
    boxd_exec_result_free(NULL);
    e2e_close();
}
END_TEST

static void block_inside(boxd_process *p, const boxd_error *error, void *data)
{
    boxd_error errors[COUNT(blocking)] = {0};
    e2e_ok(p, *error);
    call_each(&SURFACES[SURFACE_SYNC], process_box, p, errors);
    for (size_t i = 0; i < COUNT(errors); i++)
        e2e_would_deadlock(&errors[i], blocking[i]);
    boxd_process_free(p); /* may be called on any thread */
    pending_process(NULL, NULL, data);
}

START_TEST(would_deadlock)
{
    process_open_box(_i);
    pending p = PENDING_INIT;
    boxd_aio_box_exec_stream(process_box, BOXD_ARGV("true"), NULL, block_inside, &p);
    pending_settle(&p);
    process_close_box();
}
END_TEST

int main(int argc, char **argv)
{
    if (e2e_list_blocking(argc, argv, blocking, COUNT(blocking)))
        return 0;
    Suite *suite = suite_create("process_refusals");
    e2e_add(suite, service_refuses);
    e2e_add(suite, box_by_name);
    e2e_add(suite, bad_options);
    e2e_add(suite, nothing_to_run);
    e2e_add(suite, invalid_uses);
    e2e_add(suite, two_readers);
    e2e_add(suite, null_handles);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
