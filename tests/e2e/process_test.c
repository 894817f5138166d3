/* Commands under way: what each function does, what becomes of each side, where input comes from, and what is
 * refused. */
#include "process_case.h"

#include <signal.h>
#include <stdio.h>

/* ---- each function ---- */

START_TEST(a_dialogue)
{
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    boxd_process *p = process_start("cat; exit 7", NULL);
    process_send(p, "one");
    process_expect(p, on->process_read, "one");
    process_send(p, "");
    process_send(p, "two");
    process_expect(p, on->process_read_stdout, "two");
    process_send_eof(p);
    process_send_eof(p); /* again: no effect */
    for (int i = 0; i < 2; i++)
        process_expect_exit(p, 7);

    /* What may follow the end. */
    ck_assert_int_eq((int)on->process_write(p, "x", 1, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    process_send_eof(p);
    e2e_ok(on->process_resize(p, 10, 10, NULL, &error) == BOXD_OK, error);
    for (int i = 0; i < 2; i++)
        e2e_ok(on->process_close(p, NULL, &error) == BOXD_OK, error);
    process_expect_exit(p, 7);
    process_finish(p);
}
END_TEST

START_TEST(words_and_lines)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.env = BOXD_ARGV("A=it's");
    options.cwd = "/tmp";
    boxd_process *p = on->box_exec_stream(
        process_box, BOXD_ARGV("sh", "-c", "echo \"$A $1\"; pwd", "x", "a  b"), &options, &error);
    e2e_ok(p, error);
    process_expect(p, on->process_read, "it's a  b\n/tmp\n");
    process_expect_exit(p, 0);
    boxd_process_free(p);
    p = process_start("true; echo \"$A\" | cat; pwd; exit 1", &options);
    process_expect(p, on->process_read, "it's\n/tmp\n");
    process_expect_exit(p, 1);
    process_finish(p);
}
END_TEST

START_TEST(two_sides)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    process_open_box(_i);
    boxd_process *p = process_start("printf out; printf err >&2; cat; printf 'a\\000b\\377' >&2", NULL);
    process_expect(p, on->process_read_stderr, "err");
    process_expect(p, on->process_read_stdout, "out");
    process_send_eof(p);
    ck_assert_int_eq((int)on->process_read(p, NULL, &chunk, &error), (int)BOXD_READ_DATA);
    ck_assert_int_eq((int)chunk->stream, (int)BOXD_STDERR);
    ck_assert_uint_eq(chunk->size, 4);
    ck_assert_int_eq(memcmp(chunk->data, "a\0b\xff", 4), 0);
    boxd_chunk_free(chunk);
    ck_assert_uint_eq(process_drain(p, on->process_read_stdout), 0);
    ck_assert_uint_eq(process_drain(p, on->process_read_stderr), 0);
    process_expect_exit(p, 0);
    boxd_process_free(p);

    p = process_start("head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait", NULL);
    ck_assert_uint_eq(process_drain(p, on->process_read), 5000000);
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

/* The end, and what is left to read, in either order. */
START_TEST(read_after_the_end)
{
    process_open_box(_i);
    boxd_process *p = process_start("printf left; printf more >&2; exit 3", NULL);
    int code = 0;
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->process_wait(p, NULL, &code, &error) == BOXD_OK, error);
    ck_assert_int_eq(code, 3);
    process_expect(p, on->process_read_stderr, "more");
    process_expect(p, on->process_read, "left");
    process_expect_exit(p, 3);
    boxd_exec_result *result = on->process_result(p, NULL, &error);
    e2e_ok(result, error);
    ck_assert(result->exit_code == 3 && !result->success && result->exit_confirmed);
    ck_assert(result->out_bytes == 4 && result->err_bytes == 4 && result->out.size == 0);
    boxd_exec_result_free(result);
    process_finish(p);
}
END_TEST

START_TEST(a_terminal)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    for (int i = 0; i < 2; i++) {
        options.pty = i == 0;
        options.interactive = i == 1;
        options.cols = i == 0 ? 0 : 100;
        options.rows = i == 0 ? 0 : 30;
        boxd_process *p = process_start("stty -echo; stty size; read x; stty size; echo err >&2", &options);
        process_expect(p, on->process_read, i == 0 ? "24 80\r\n" : "30 100\r\n");
        e2e_ok(on->process_resize(p, 132, 43, NULL, &error) == BOXD_OK, error);
        process_send(p, "x\n");
        process_expect(p, on->process_read, "43 132\r\nerr\r\n");
        ck_assert_int_eq((int)on->process_resize(p, 0, 43, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "0 columns and 43 rows");
        process_expect_exit(p, 0);
        boxd_process_free(p);
    }
    boxd_process *p = process_start("cat", NULL); /* without one: no effect */
    e2e_ok(on->process_resize(p, 132, 43, NULL, &error) == BOXD_OK, error);
    process_send_eof(p);
    e2e_ok(on->process_resize(p, 132, 43, NULL, &error) == BOXD_OK, error);
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

START_TEST(much_input)
{
    enum { MUCH = 5000000 };
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    char *data = malloc(MUCH);
    memset(data, 'x', MUCH);
    boxd_process *p = process_start("tr -d '\\n' | wc -c", NULL);
    e2e_ok(on->process_write(p, data, MUCH, NULL, &error) == BOXD_OK, error);
    process_send(p, "end");
    process_send_eof(p);
    process_expect(p, on->process_read, "5000003\n");
    process_expect_exit(p, 0);
    free(data);
    process_finish(p);
}
END_TEST

/* ---- what becomes of output ---- */

static const struct {
    const char *name;
    boxd_output out, err;
    const char *out_kept, *err_kept;
    uint64_t out_bytes, err_bytes, out_dropped, err_dropped;
} policies[] = {
    {"keep", {.mode = BOXD_OUTPUT_KEEP}, {.mode = BOXD_OUTPUT_KEEP}, "0123456789", "abcdef", 10, 6, 0, 0},
    {"head",
     {BOXD_OUTPUT_HEAD, .keep_bytes = 4},
     {BOXD_OUTPUT_HEAD, .keep_bytes = 100},
     "0123",
     "abcdef",
     10,
     6,
     6,
     0},
    {"tail",
     {BOXD_OUTPUT_TAIL, .keep_bytes = 4},
     {BOXD_OUTPUT_TAIL, .keep_bytes = 100},
     "6789",
     "abcdef",
     10,
     6,
     6,
     0},
    {"exactly",
     {BOXD_OUTPUT_TAIL, .keep_bytes = 10},
     {BOXD_OUTPUT_HEAD, .keep_bytes = 6},
     "0123456789",
     "abcdef",
     10,
     6,
     0,
     0},
    {"none", {BOXD_OUTPUT_TAIL, .keep_bytes = 0}, {BOXD_OUTPUT_HEAD, .keep_bytes = 0}, "", "", 10, 6, 10, 6},
    {"discard", {.mode = BOXD_OUTPUT_DISCARD}, {.mode = BOXD_OUTPUT_DISCARD}, "", "", 10, 6, 10, 6},
    {"merge", {.mode = BOXD_OUTPUT_KEEP}, {.mode = BOXD_OUTPUT_MERGE}, "01234abcdef56789", "", 16, 0, 0, 0},
    {"merged tail",
     {BOXD_OUTPUT_TAIL, .keep_bytes = 7},
     {.mode = BOXD_OUTPUT_MERGE},
     "ef56789",
     "",
     16,
     0,
     9,
     0},
    {"merged away", {.mode = BOXD_OUTPUT_DISCARD}, {.mode = BOXD_OUTPUT_MERGE}, "", "", 16, 0, 16, 0},
    {"each its own",
     {.mode = BOXD_OUTPUT_DISCARD},
     {BOXD_OUTPUT_TAIL, .keep_bytes = 1},
     "",
     "f",
     10,
     6,
     10,
     5},
};

static void check_policy(size_t i, const boxd_exec_result *r, const char *way)
{
    ck_assert_msg(r->exit_code == 3 && r->exit_confirmed, "%s, %s", policies[i].name, way);
    ck_assert_msg(r->out.size == strlen(policies[i].out_kept) && r->err.size == strlen(policies[i].err_kept),
                  "%s, %s: kept %zu + %zu", policies[i].name, way, r->out.size, r->err.size);
    ck_assert_str_eq(r->out.data, policies[i].out_kept);
    ck_assert_str_eq(r->err.data, policies[i].err_kept);
    ck_assert_msg(r->out_bytes == policies[i].out_bytes && r->err_bytes == policies[i].err_bytes,
                  "%s, %s: %llu + %llu bytes", policies[i].name, way, (unsigned long long)r->out_bytes,
                  (unsigned long long)r->err_bytes);
    ck_assert_msg(r->out_dropped_bytes == policies[i].out_dropped &&
                      r->err_dropped_bytes == policies[i].err_dropped,
                  "%s, %s: dropped %llu + %llu", policies[i].name, way,
                  (unsigned long long)r->out_dropped_bytes, (unsigned long long)r->err_dropped_bytes);
}

START_TEST(output_policies)
{
    /* Apart, so that the sides arrive in that order. */
    static const char *const line =
        "printf 01234; sleep 0.03; printf abcdef >&2; sleep 0.03; printf 56789; exit 3";
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(policies); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.out = policies[i].out;
        options.err = policies[i].err;
        boxd_exec_result *result = on->box_exec_shell(process_box, line, &options, &error);
        e2e_ok(result, error);
        check_policy(i, result, "buffered");
        boxd_exec_result_free(result);
        boxd_process *p = process_start(line, &options);
        result = on->process_result(p, NULL, &error);
        e2e_ok(result, error);
        check_policy(i, result, "as a stream");
        boxd_exec_result_free(result);
        result = on->process_result(p, NULL, &error); /* what was kept is handed over once */
        e2e_ok(result, error);
        ck_assert(result->out.size == 0 && result->err.size == 0 &&
                  result->out_bytes == policies[i].out_bytes);
        ck_assert_str_eq(result->out.data, "");
        boxd_exec_result_free(result);
        boxd_process_free(p);
    }
    process_close_box();
}
END_TEST

/* More than is kept, in many pieces. */
START_TEST(tail_of_much)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.out = (boxd_output){BOXD_OUTPUT_TAIL, .keep_bytes = 14};
    options.err = (boxd_output){BOXD_OUTPUT_HEAD, .keep_bytes = 4};
    process_open_box(_i);
    boxd_exec_result *result =
        on->box_exec_shell(process_box, "seq 100000; seq 100000 >&2", &options, &error);
    e2e_ok(result, error);
    ck_assert_str_eq(result->out.data, "\n99999\n100000\n");
    ck_assert_str_eq(result->err.data, "1\n2\n");
    ck_assert_uint_eq(result->out_bytes, 588895);
    ck_assert_uint_eq(result->out_dropped_bytes, 588895 - 14);
    ck_assert_uint_eq(result->err_dropped_bytes, 588895 - 4);
    boxd_exec_result_free(result);
    process_close_box();
}
END_TEST

START_TEST(merged_pipes)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.err.mode = BOXD_OUTPUT_MERGE;
    boxd_process *p = process_start("printf a; sleep 0.03; printf b >&2; sleep 0.03; printf c", &options);
    process_expect(p, on->process_read_stdout, "abc");
    process_expect_exit(p, 0);
    boxd_process_free(p);

    options.err.mode = BOXD_OUTPUT_KEEP; /* beside a pipe */
    boxd_error error = BOXD_ERROR_INIT;
    p = process_start("printf a; printf b >&2", &options);
    process_expect(p, on->process_read, "a");
    boxd_exec_result *result = on->process_result(p, NULL, &error);
    e2e_ok(result, error);
    ck_assert_str_eq(result->err.data, "b");
    ck_assert(result->out.size == 0 && result->out_bytes == 1);
    boxd_exec_result_free(result);
    process_finish(p);
}
END_TEST

/* ---- where input comes from ---- */

START_TEST(input_bytes)
{
    enum { MUCH = 300000 };
    static const size_t sizes[] = {0, 1, MUCH};
    char *data = malloc(MUCH);
    memset(data, 'x', MUCH);
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        char wanted[32];
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        options.in = (boxd_input){BOXD_INPUT_BYTES, .data = data, .data_size = sizes[i]};
        (void)snprintf(wanted, sizeof wanted, "%zu\n", sizes[i]);
        boxd_exec_result *result = on->box_exec(process_box, BOXD_ARGV("wc", "-c"), &options, &error);
        e2e_ok(result, error);
        ck_assert_str_eq(result->out.data, wanted);
        boxd_exec_result_free(result);
        boxd_process *p = process_start("wc -c", &options);
        process_expect(p, on->process_read, wanted);
        process_expect_exit(p, 0);
        ck_assert_int_eq((int)on->process_write(p, "x", 1, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
        e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "options.in");
        ck_assert_uint_eq(error.in_bytes, sizes[i]);
        boxd_process_free(p);
    }
    boxd_exec_options closed = BOXD_EXEC_OPTIONS_INIT;
    closed.in.mode = BOXD_INPUT_CLOSED;
    boxd_process *p = process_start("cat; echo end", &closed);
    process_expect(p, on->process_read, "end\n");
    process_expect_exit(p, 0);
    free(data);
    process_finish(p);
}
END_TEST

/* ---- refusals by the service ---- */

static boxd_status by_wait(boxd_process *p, boxd_error *error)
{
    return on->process_wait(p, NULL, NULL, error);
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

/* At the start; and after output, which comes first. */
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
    boxd_box *named = boxd_box_handle(compute, boxd_box_name(process_box), &error);
    boxd_process *p = on->box_exec_stream(named, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(p, error);
    process_send(p, "x");
    process_expect(p, on->process_read, "x");
    process_send_eof(p);
    process_expect_exit(p, 0);
    boxd_process_free(p);
    boxd_box_free(named);
    named = boxd_box_handle(compute, "none-such", &error);
    ck_assert_ptr_null(on->box_exec_stream(named, BOXD_ARGV("cat"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none-such");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_box_free(named);
    process_close_box();
}
END_TEST

/* ---- refusals here ---- */

#define OF(...) BOXD_OPTIONS(boxd_exec_options, __VA_ARGS__)

START_TEST(bad_options)
{
    const struct {
        const boxd_exec_options *options;
        const char *says;
        bool streams, buffered;
    } cases[] = {
        {OF(.in = {.mode = BOXD_INPUT_PIPE}), "nobody could write to it", false, true},
        {OF(.out = {.mode = BOXD_OUTPUT_PIPE}), "out.mode is BOXD_OUTPUT_PIPE, but nobody could read it",
         false, true},
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
    const char *const *const no_words[] = {NULL, BOXD_ARGV(NULL), BOXD_ARGV("")};
    for (size_t i = 0; i < COUNT(no_words); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_exec_stream(process_box, no_words[i], NULL, &error));
        e2e_refused(error.status, &error, "word");
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

START_TEST(bad_uses)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    options.out.mode = BOXD_OUTPUT_DISCARD;
    options.in.mode = BOXD_INPUT_CLOSED;
    boxd_process *p = process_start("sleep 100", &options);
    ck_assert_int_eq((int)on->process_read_stdout(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "its stdout is no pipe: options.out");
    refused(on->process_write(p, "x", 1, NULL, &error), &error, "its input is no pipe: options.in");
    refused(on->process_write_eof(p, NULL, &error), &error, "its input is no pipe");
    boxd_process_free(p);

    options.err.mode = BOXD_OUTPUT_MERGE;
    p = process_start("sleep 100", &options);
    ck_assert_int_eq((int)on->process_read(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "is no pipe");
    ck_assert_int_eq((int)on->process_read_stderr(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    refused(error.status, &error, "its stderr is no pipe: options.err");
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
            refused(second.error.status, &second.error, "another read of it is under way");
            ck_assert_int_eq(pending_calls(&first), 0);
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

/* ---- handles that are none; inside a callback ---- */

static const char *const blocking[] = {
    "boxd_box_exec_stream",     "boxd_box_exec_shell_stream", "boxd_process_read",
    "boxd_process_read_stdout", "boxd_process_read_stderr",   "boxd_process_write",
    "boxd_process_write_eof",   "boxd_process_resize",        "boxd_process_wait",
    "boxd_process_result",      "boxd_process_close"};

/* Calls each function on `s`: in the order of `blocking`. */
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
    s->process_wait(p, NULL, NULL, errors++);
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
    call_each(&SURFACES[0], process_box, p, errors);
    for (size_t i = 0; i < COUNT(errors); i++) {
        char twin[64];
        (void)snprintf(twin, sizeof twin, "boxd_aio_%s()", blocking[i] + strlen("boxd_"));
        e2e_expect(&errors[i], BOXD_ERR_WOULD_DEADLOCK, twin);
    }
    boxd_process_free(p); /* may be called anywhere */
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
    if (argc > 1 && strcmp(argv[1], "--list-blocking") == 0) {
        for (size_t i = 0; i < COUNT(blocking); i++)
            puts(blocking[i]);
        return 0;
    }
    Suite *suite = suite_create("process");
    e2e_add(suite, a_dialogue);
    e2e_add(suite, words_and_lines);
    e2e_add(suite, two_sides);
    e2e_add(suite, read_after_the_end);
    e2e_add(suite, a_terminal);
    e2e_add(suite, much_input);
    e2e_add(suite, output_policies);
    e2e_add(suite, tail_of_much);
    e2e_add(suite, merged_pipes);
    e2e_add(suite, input_bytes);
    e2e_add(suite, service_refuses);
    e2e_add(suite, box_by_name);
    e2e_add(suite, bad_options);
    e2e_add(suite, bad_uses);
    e2e_add(suite, two_readers);
    e2e_add(suite, null_handles);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
