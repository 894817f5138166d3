/* Running commands: the effect of each function, the destination of each side, and the sources of input. */
#include "process_case.h"

#include <pthread.h>
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

    /* Calls that are allowed after the end. */
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

/* The end and the remaining output, in either order. */
START_TEST(read_after_the_end)
{
    process_open_box(_i);
    boxd_process *p = process_start("printf left; printf more >&2; exit 3", NULL);
    int code = 0;
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->process_wait(p, NULL, &code, NULL, &error) == BOXD_OK, error);
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
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "invalid terminal size 0x43");
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

static void *write_much(void *p)
{
    static char data[4000000];
    boxd_error error = BOXD_ERROR_INIT;
    for (int i = 0; i < 2; i++)
        e2e_ok(boxd_process_write(p, data, sizeof data, NULL, &error) == BOXD_OK, error);
    e2e_ok(boxd_process_write_eof(p, NULL, &error) == BOXD_OK, error);
    return NULL;
}

START_TEST(one_writes_another_reads)
{
    pthread_t thread;
    process_open_box(_i);
    boxd_process *p = process_start("cat", NULL);
    if (on->dispatch == BOXD_DISPATCH_MANUAL) { /* this thread dispatches while it reads */
        static char data[8000000];
        pending write = PENDING_INIT, eof = PENDING_INIT;
        boxd_aio_process_write_nocopy(p, data, sizeof data, NULL, NULL, NULL, pending_done, &write);
        boxd_aio_process_write_eof(p, NULL, pending_done, &eof);
        ck_assert_uint_eq(process_drain(p, on->process_read), sizeof data);
        ck_assert(pending_settle(&write) == BOXD_OK && pending_settle(&eof) == BOXD_OK);
    } else {
        pthread_create(&thread, NULL, write_much, p);
        ck_assert_uint_eq(process_drain(p, on->process_read), 8000000);
        pthread_join(thread, NULL);
    }
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

/* ---- bytes that are not copied ---- */

static void count_release(void *count)
{
    __atomic_add_fetch((int *)count, 1, __ATOMIC_SEQ_CST);
}

/* The bytes belong to the program again before the callback of the write, however the write ends. */
static void on_released(boxd_status status, const boxd_error *error, void *data)
{
    pending *p = data;
    ck_assert_int_eq(__atomic_load_n((int *)p->result, __ATOMIC_SEQ_CST), 1);
    pending_done(status, error, data);
}

static boxd_status write_nocopy(boxd_process *p, const boxd_call_options *call)
{
    int count = 0;
    pending write = PENDING_INIT;
    write.result = &count;
    boxd_aio_process_write_nocopy(p, "bytes", 5, count_release, &count, call, on_released, &write);
    const boxd_status status = pending_settle(&write);
    ck_assert_int_eq(count, 1);
    return status;
}

START_TEST(releases)
{
    process_open_box(_i);
    boxd_process *p = process_start("cat", NULL);
    ck_assert_int_eq((int)write_nocopy(p, NULL), (int)BOXD_OK);
    process_expect(p, on->process_read, "bytes");
    const boxd_call_options fired = process_until(boxd_cancel_token_new());
    boxd_cancel_token_cancel(fired.cancel);
    ck_assert_int_eq((int)write_nocopy(p, &fired), (int)BOXD_ERR_CANCELLED);
    process_send_eof(p);
    ck_assert_int_eq((int)write_nocopy(p, NULL), (int)BOXD_ERR_FAILED_PRECONDITION);
    process_expect_exit(p, 0);
    ck_assert_int_eq((int)write_nocopy(p, NULL), (int)BOXD_ERR_FAILED_PRECONDITION);
    int count = 0; /* and without a callback, or a handle */
    boxd_aio_process_write_nocopy(p, "bytes", 5, count_release, &count, NULL, NULL, NULL);
    boxd_aio_process_write_nocopy(NULL, "bytes", 5, count_release, &count, NULL, NULL, NULL);
    boxd_cancel_token_free(fired.cancel);
    process_finish(p);
    ck_assert_int_eq(count, 2);
}
END_TEST

/* ---- destinations of output ---- */

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
    {"default", {.mode = BOXD_OUTPUT_TAIL}, {.mode = BOXD_OUTPUT_HEAD}, "0123456789", "abcdef", 10, 6, 0, 0},
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

static bool arrives_in_order(const char *line)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = on->box_exec_shell(
        process_box, line, BOXD_OPTIONS(boxd_exec_options, .err = {.mode = BOXD_OUTPUT_MERGE}), &error);
    e2e_ok(result, error);
    const bool in_order = strcmp(result->out.data, "01234abcdef56789") == 0;
    boxd_exec_result_free(result);
    return in_order;
}

static void make_line(char *line, size_t size, int pause_ms)
{
    const int s = pause_ms / 1000, ms = pause_ms % 1000;
    (void)snprintf(line, size,
                   "printf 01234; sleep %d.%03d; printf abcdef >&2; sleep %d.%03d; printf 56789; exit 3", s,
                   ms, s, ms);
}

/* The pause between two pieces of merged output that keeps them in order: four times the pause with which
 * three runs succeeded. */
static int find_pause_ms(void)
{
    int pause_ms = 30;
    char line[128];
    for (int in_a_row = 0; in_a_row < 3; in_a_row++) {
        make_line(line, sizeof line, pause_ms);
        if (arrives_in_order(line))
            continue;
        in_a_row = -1;
        pause_ms *= 2;
        ck_assert_int_lt(pause_ms, E2E_PATIENCE_MS);
    }
    return 4 * pause_ms;
}

START_TEST(output_policies)
{
    char line[128];
    process_open_box(_i);
    const int pause_ms = find_pause_ms();
    for (size_t i = 0; i < COUNT(policies); i++) {
        make_line(line, sizeof line, policies[i].err.mode == BOXD_OUTPUT_MERGE ? pause_ms : 0);
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
        result = on->process_result(p, NULL, &error); /* kept output is returned once */
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
    boxd_process *p = process_start("printf a; until [ -e b ]; do sleep 0.01; done; printf b >&2; "
                                    "until [ -e c ]; do sleep 0.01; done; printf c",
                                    &options);
    process_expect(p, on->process_read_stdout, "a");
    e2e_do(process_box, "touch b");
    process_expect(p, on->process_read_stdout, "b");
    e2e_do(process_box, "touch c");
    process_expect(p, on->process_read_stdout, "c");
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

/* ---- sources of input ---- */

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

int main(void)
{
    Suite *suite = suite_create("process");
    e2e_add(suite, a_dialogue);
    e2e_add(suite, words_and_lines);
    e2e_add(suite, two_sides);
    e2e_add(suite, read_after_the_end);
    e2e_add(suite, a_terminal);
    e2e_add(suite, much_input);
    e2e_add(suite, one_writes_another_reads);
    e2e_add(suite, releases);
    e2e_add(suite, output_policies);
    e2e_add(suite, tail_of_much);
    e2e_add(suite, merged_pipes);
    e2e_add(suite, input_bytes);
    return e2e_main(suite, NULL);
}
