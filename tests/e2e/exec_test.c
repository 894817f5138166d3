/* Running commands: arguments, output, exit codes, and failures. */
#include "e2e.h"

#include <pthread.h>
#include <stdio.h>

static boxd_exec_result *run(boxd_box *box, const char *const *argv, const boxd_exec_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = on->box_exec(box, argv, options, &error);
    e2e_ok(result, error);
    return result;
}

static void expect_out(boxd_exec_result *result, const void *bytes, size_t size)
{
    ck_assert_msg(result->success, "exit %d: %s", result->exit_code, result->err.data);
    ck_assert_uint_eq(result->out.size, size);
    ck_assert_int_eq(memcmp(result->out.data, bytes, size), 0);
    boxd_exec_result_free(result);
}

START_TEST(words)
{
    static const char *const awkward[] = {
        "plain",    "",        "two words", "it's",  "\"quoted\"", "$HOME `id` $(id)",
        "*?[a-z]",  "a\nb\tc", "-n",        "A=1",   "\\",         "caf\xc3\xa9",
        "\xff\xfe", "~",       "#no",       "{a,b}", ";|&<>()"};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    const char *argv[COUNT(awkward) + 3] = {"printf", "%s\\0"};
    char wanted[512];
    size_t size = 0;
    for (size_t i = 0; i < COUNT(awkward); i++) {
        argv[i + 2] = awkward[i];
        memcpy(wanted + size, awkward[i], strlen(awkward[i]) + 1);
        size += strlen(awkward[i]) + 1;
    }
    expect_out(run(box, argv, NULL), wanted, size);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(environment_and_directory)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.env = BOXD_ARGV("WORD=it's $HOME", "OTHER=2");
    options.cwd = "/tmp";
    expect_out(run(box, BOXD_ARGV("sh", "-c", "printf '%s|%s|' \"$WORD\" \"$OTHER\"; pwd"), &options),
               "it's $HOME|2|/tmp\n", 18);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *line =
        on->box_exec_shell(box, "true; printf '%s' \"$WORD\" | cat; pwd", &options, &error);
    e2e_ok(line, error);
    expect_out(line, "it's $HOME/tmp\n", 15);
    options.cwd = "/not/there";
    line = on->box_exec_shell(box, "echo ran; echo ran", &options, &error);
    e2e_ok(line, error);
    ck_assert(!line->success && line->out.size == 0);
    boxd_exec_result_free(line);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(sides_and_bytes)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_result *result = e2e_run(box, "printf 'a\\000b\\377'; printf 'c\\000d' >&2");
    ck_assert_uint_eq(result->out.size, 4);
    ck_assert_int_eq(memcmp(result->out.data, "a\0b\xff", 5), 0);
    ck_assert_uint_eq(result->err.size, 3);
    ck_assert_int_eq(memcmp(result->err.data, "c\0d", 4), 0);
    ck_assert(result->success && result->exit_confirmed);
    boxd_exec_result_free(result);
    result = e2e_run(box, ":");
    ck_assert_str_eq(result->out.data, "");
    ck_assert_str_eq(result->err.data, "");
    boxd_exec_result_free(result);
    result = e2e_run(box, "cat; echo end"); /* standard input is empty */
    ck_assert_str_eq(result->out.data, "end\n");
    boxd_exec_result_free(result);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(exit_codes)
{
    static const struct {
        const char *line;
        int code;
    } cases[] = {{"exit 0", 0},
                 {"exit 1", 1},
                 {"exit 7", 7},
                 {"exit 255", 255},
                 {"no-such-command", 127},
                 {"kill -9 $$", 137},
                 {"kill -TERM $$", 143},
                 {"/etc", 126}};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_exec_result *result = e2e_run(box, cases[i].line);
        ck_assert_msg(result->exit_code == cases[i].code, "%s: %d", cases[i].line, result->exit_code);
        ck_assert_int_eq(result->success, cases[i].code == 0);
        boxd_exec_result_free(result);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(much_output)
{
    enum { SIZE = 5000000 };
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_result *result =
        e2e_run(box, "head -c 5000000 /dev/zero | tr '\\0' x; head -c 5000000 /dev/zero >&2; exit 3");
    ck_assert_int_eq(result->exit_code, 3);
    ck_assert_uint_eq(result->out.size, SIZE);
    ck_assert_uint_eq(result->err.size, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        if (result->out.data[i] != 'x' || result->err.data[i] != '\0')
            ck_abort_msg("byte %zu differs", i);
    boxd_exec_result_free(result);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(output_limit)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.max_output_bytes = 1000;
    ck_assert_ptr_null(on->box_exec_shell(box, "yes | head -c 100000; echo >&2; exit 3", &options, &error));
    e2e_expect(&error, BOXD_ERR_OUTPUT_LIMIT, "1000");
    ck_assert(error.has_exit_code && error.command == BOXD_COMMAND_ENDED);
    ck_assert_int_eq(error.exit_code, 3);
    ck_assert_uint_eq(error.out_bytes, 100000);
    ck_assert_uint_eq(error.err_bytes, 1);
    error = (boxd_error)BOXD_ERROR_INIT;
    boxd_exec_result *exact =
        on->box_exec_shell(box, "head -c 500 /dev/zero; head -c 500 /dev/zero >&2", &options, &error);
    e2e_ok(exact, error);
    ck_assert_uint_eq(exact->out.size + exact->err.size, 1000);
    boxd_exec_result_free(exact);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(bad_input)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_options env = BOXD_EXEC_OPTIONS_INIT, liveness = BOXD_EXEC_OPTIONS_INIT;
    env.env = BOXD_ARGV("A B=1");
    liveness.liveness_ms = -5;
    const struct {
        const char *const *argv;
        const boxd_exec_options *options;
        const char *says;
    } cases[] = {
        {NULL, NULL, "argv is empty or begins with an empty string"},
        {BOXD_ARGV(NULL), NULL, "argv is empty or begins with an empty string"},
        {BOXD_ARGV(""), NULL, "argv is empty or begins with an empty string"},
        {BOXD_ARGV("true"), &env, "A B"},
        {BOXD_ARGV("true"), &liveness, "-5"},
    };
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_exec(box, cases[i].argv, cases[i].options, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
    }
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->box_exec_shell(box, NULL, NULL, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 0), 0);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(states)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, boxd_box_name(box));
    ck_assert_int_eq((int)boxd_status_class(error.status), (int)BOXD_ERR_FAILED);
    ck_assert_int_eq(error.grpc_code, 9);
    e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, boxd_box_name(box));
    boxd_box_free(box);
    e2e_close();
}
END_TEST

/* A command that is longer than the box takes: the failure names the size and the alternatives. */
START_TEST(long_commands)
{
    enum { SIZE = 130 * 1024 };
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    char *text = malloc(SIZE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    memcpy(text, "A=", 2);
    const char *const env[] = {text, NULL};
    for (int in_env = 0; in_env < 2; in_env++) {
        const boxd_exec_options options = {.size = sizeof options, .env = in_env ? env : NULL};
        ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true", in_env ? NULL : text), &options, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "128 KiB");
        ck_assert_msg(strstr(error.message, "standard input"), "%s", error.message);
        ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    }
    free(text);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(no_exit_status)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"truncate\":true,\"count\":1}");
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NO_EXIT_STATUS, boxd_box_name(box));
    emulator_clear_faults(&emulator);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A stream that has sent output is not restarted with a new token: the command would run twice. */
START_TEST(refused_in_the_middle)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    emulator_fault(&emulator,
                   "{\"rpc\":\"Exec\",\"code\":16,\"message\":\"expired\",\"after_bytes\":1,\"count\":1}");
    ck_assert_ptr_null(on->box_exec_shell(box, "echo once >> runs; yes | head -c 100000", NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "expired");
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 1), 1);
    emulator_clear_faults(&emulator);
    boxd_exec_result *runs = e2e_run(box, "cat runs");
    ck_assert_str_eq(runs->out.data, "once\n");
    boxd_exec_result_free(runs);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Stops the box once its command runs. */
static void *stop_once_up(void *data)
{
    boxd_box *box = data;
    boxd_error error = BOXD_ERROR_INIT;
    bool up = false;
    while (!up)
        e2e_ok(boxd_box_exists(box, "up", NULL, &up, &error) == BOXD_OK, error);
    e2e_ok(boxd_box_stop(box, NULL, &error) == BOXD_OK, error);
    return NULL;
}

/* The box of a silent command is stopped: the stream stays silent, and the library asks for the status. */
START_TEST(dead_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.liveness_ms = 20;
    boxd_compute *other = boxd_compute_open(NULL, &error);
    e2e_ok(other, error);
    boxd_box *same = boxd_box_get(other, boxd_box_id(box), NULL, &error);
    e2e_ok(same, error);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_once_up, same);
    ck_assert_ptr_null(on->box_exec_shell(box, "touch up; sleep 1000", &options, &error));
    pthread_join(thread, NULL);
    e2e_expect(&error, BOXD_ERR_NO_EXIT_STATUS, "stopped");
    boxd_box_free(same);
    boxd_compute_close(other);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(stopped_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "start it with boxd_box_start()");
    ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NOT_STARTED);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Service 0.1 sends standard error as standard output, so `err` gets nothing, whatever its mode. */
START_TEST(old_service)
{
    emulator_process old;
    emulator_start(&old, (const char *const[]){"--generation", "0.1", NULL});
    emulator_export(&old);
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    static const boxd_output_mode modes[] = {BOXD_OUTPUT_KEEP, BOXD_OUTPUT_DISCARD};
    for (size_t i = 0; i < COUNT(modes); i++) {
        boxd_exec_result *result = run(box, BOXD_ARGV("sh", "-c", "echo out; echo err >&2"),
                                       BOXD_OPTIONS(boxd_exec_options, .err = {.mode = modes[i]}));
        ck_assert_uint_eq(result->err_bytes, 0);
        ck_assert_uint_eq(result->err.size, 0);
        ck_assert_ptr_nonnull(strstr(result->out.data, "err\n"));
        expect_out(result, result->out.data, 8);
    }
    e2e_drop(box);
    e2e_close();
    emulator_stop(&old);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec");
    e2e_add(suite, words);
    e2e_add(suite, environment_and_directory);
    e2e_add(suite, sides_and_bytes);
    e2e_add(suite, exit_codes);
    e2e_add(suite, much_output);
    e2e_add(suite, output_limit);
    e2e_add(suite, bad_input);
    e2e_add(suite, states);
    e2e_add(suite, long_commands);
    e2e_add(suite, no_exit_status);
    e2e_add(suite, refused_in_the_middle);
    e2e_add(suite, dead_box);
    e2e_add(suite, stopped_box);
    e2e_add(suite, old_service);
    return e2e_main(suite, NULL);
}
