/*
 * The guarantees of docs/exec.md, by their numbers. This file: delivery and memory (1 to 4, 9); the
 * others are in exec_ends_test.c. Each test fails if its guarantee is violated.
 */
#include "exec_case.h"

#include <stdio.h>

/* ---- 1. exactly one end ---- */

static const struct {
    const char *line, *fault;
    boxd_status ends_in;
    int code;
    const char *out, *says;
} ends[] = {
    {"printf x; exit 0", NULL, BOXD_OK, 0, "x", NULL},
    {"printf x; exit 7", NULL, BOXD_OK, 7, "x", NULL},
    {"printf x; exit 7", "\"join_exit\":true", BOXD_OK, 7, "x", NULL},
    {"exit 7", "\"no_message\":true", BOXD_ERR_NO_EXIT_STATUS, 0, "", "without an exit status"},
    {"printf x; sleep 600", "\"after_bytes\":1,\"code\":13,\"message\":\"lost it\"", BOXD_ERR_INTERNAL, 0,
     "x", "lost it"},
    {"printf x; sleep 600", "\"after_bytes\":1,\"code\":14,\"message\":\"gone\"", BOXD_ERR_CONNECTION, 0, "x",
     "gone"},
    {"printf x; sleep 600", "\"after_bytes\":1,\"close\":true", BOXD_ERR_CONNECTION, 0, "x", "connection"},
    {"printf x; sleep 600", "\"after_bytes\":1,\"reply\":\"0aff\"", BOXD_ERR_PROTOCOL, 0, "x", "Exec"},
};

START_TEST(one_end)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(ends); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        everything all;
        int code = -1;
        if (ends[i].fault)
            exec_inject(ends[i].fault);
        boxd_process *p = exec_start(box, ends[i].line, NULL);
        const boxd_read_status outcome = exec_read_all(p, &all, &error);
        ck_assert_msg(outcome == (ends[i].ends_in == BOXD_OK ? BOXD_READ_END : BOXD_READ_ERROR) &&
                          error.status == ends[i].ends_in,
                      "%s, %s: %d, %s", ends[i].line, ends[i].fault, (int)outcome, error.message);
        ck_assert_str_eq(all.data[BOXD_STDOUT] ? all.data[BOXD_STDOUT] : "", ends[i].out);
        exec_release(&all);
        for (int again = 0; again < 2; again++) { /* each call returns the same end, each time */
            error = (boxd_error)BOXD_ERROR_INIT;
            ck_assert_int_eq((int)on->process_wait(p, NULL, &code, NULL, &error), (int)ends[i].ends_in);
            ck_assert_int_eq((int)on->process_read(p, NULL, NULL, NULL), (int)outcome);
            if (ends[i].ends_in == BOXD_OK)
                ck_assert_int_eq(code, ends[i].code);
            else
                e2e_expect(&error, ends[i].ends_in, ends[i].says);
        }
        boxd_process_free(p);
        emulator_clear_faults(&emulator);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The last message carries output and code 0: the stream may have been cut off there. */
START_TEST(ambiguous_end)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int code = 0; code < 2; code++) {
        boxd_error error = BOXD_ERROR_INIT;
        char line[32];
        (void)snprintf(line, sizeof line, "printf x; exit %d", code);
        exec_inject("\"join_exit\":true");
        boxd_exec_result *result = on->box_exec_shell(box, line, NULL, &error);
        e2e_ok(result, error);
        ck_assert_int_eq(result->exit_code, code);
        ck_assert_int_eq(result->exit_confirmed, code != 0);
        boxd_exec_result_free(result);
    }
    boxd_exec_result *plain = e2e_run(box, "printf x");
    ck_assert(plain->exit_confirmed);
    boxd_exec_result_free(plain);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 2. all output before the exit ---- */

START_TEST(output_before_exit)
{
    static const char *const faults[] = {NULL, "\"join_exit\":true", "\"one_packet\":true",
                                         "\"chunk_bytes\":1"};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < 40; i++) { /* fast commands: many chances for a race */
        boxd_error error = BOXD_ERROR_INIT;
        everything all;
        int code = -1;
        if (faults[i % COUNT(faults)])
            exec_inject(faults[i % COUNT(faults)]);
        boxd_process *p = exec_start(box, "echo out; echo err >&2; exit 4", NULL);
        e2e_ok(on->process_wait(p, NULL, &code, NULL, &error) == BOXD_OK,
               error); /* before anything was read */
        ck_assert_int_eq(code, 4);
        ck_assert_int_eq((int)exec_read_all(p, &all, &error), (int)BOXD_READ_END);
        ck_assert_str_eq(all.data[BOXD_STDOUT], "out\n");
        ck_assert_str_eq(all.data[BOXD_STDERR], "err\n");
        exec_release(&all);
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 3. bytes are bytes ---- */

START_TEST(bytes)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    everything all;
    char wanted[256];
    for (int i = 0; i < 256; i++)
        wanted[i] = (char)i;
    for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
        if (one_by_one)
            exec_inject("\"chunk_bytes\":1");
        boxd_process *p = exec_start(box, "cat", NULL);
        e2e_ok(on->process_write(p, wanted, sizeof wanted, NULL, &error) == BOXD_OK, error);
        e2e_ok(on->process_write_eof(p, NULL, &error) == BOXD_OK, error);
        e2e_ok(exec_read_all(p, &all, &error) == BOXD_READ_END, error);
        ck_assert_uint_eq(all.size[BOXD_STDOUT], sizeof wanted);
        ck_assert_int_eq(memcmp(all.data[BOXD_STDOUT], wanted, sizeof wanted), 0);
        ck_assert(!one_by_one || all.chunks > 1); /* a chunk may hold the bytes of several messages */
        exec_release(&all);
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* 100 MB in which each byte depends on its position: lines of consecutive numbers. */
START_TEST(much)
{
    enum { WIDTH = 10, FIRST = 100000000, WHOLE = 100000000 };
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_process *p = exec_start(box, "seq 100000000 110000000 | head -c 100000000", NULL);
    boxd_chunk *chunk = NULL;
    size_t place = 0;
    char wanted[32] = "";
    while (on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA) {
        const char *data = chunk->data;
        for (size_t i = 0; i < chunk->size; i++, place++) {
            if (place % WIDTH == 0)
                (void)snprintf(wanted, sizeof wanted, "%zu\n", FIRST + place / WIDTH);
            if (data[i] != wanted[place % WIDTH])
                ck_abort_msg("byte %zu is %d", place, data[i]);
        }
        boxd_chunk_free(chunk);
    }
    e2e_ok(error.status == BOXD_OK, error);
    ck_assert_uint_eq(place, WHOLE);
    boxd_process_free(p);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(order)
{
    enum { LINES = 3000 };
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_process *p =
        exec_start(box, "i=0; while [ $i -lt 3000 ]; do echo $i; echo $i >&2; i=$((i+1)); done", NULL);
    everything all;
    e2e_ok(exec_read_all(p, &all, &error) == BOXD_READ_END, error);
    for (int side = BOXD_STDOUT; side <= BOXD_STDERR; side++) {
        char *line = all.data[side];
        for (long i = 0; i < LINES; i++) {
            char *end;
            ck_assert_int_eq(strtol(line, &end, 10), i);
            line = end + 1;
        }
        ck_assert_uint_eq((size_t)(line - all.data[side]), all.size[side]);
    }
    exec_release(&all);
    boxd_process_free(p);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 4. memory is bounded ---- */

START_TEST(bounded)
{
    enum { AHEAD = 100000, MESSAGE = 65536 };
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.read_ahead_bytes = AHEAD;
    options.unread_ms = 50;
    for (int merged = 0; merged < 2; merged++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        options.err.mode = merged ? BOXD_OUTPUT_MERGE : BOXD_OUTPUT_DEFAULT;
        boxd_process *p = exec_start(box, "yes | tee /dev/stderr", &options);
        /* The waiting call fails once nothing can proceed: the output that has arrived is all that the
         * library holds. */
        ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_UNREAD_OUTPUT);
        const uint64_t held = error.out_bytes + error.err_bytes;
        ck_assert_msg(held <= AHEAD + MESSAGE, "%llu bytes are held", (unsigned long long)held);
        ck_assert_uint_gt(held, AHEAD / 2);
        /* The command continues as soon as its output is read. */
        for (uint64_t more = 0; more < 10 * held; boxd_chunk_free(chunk)) {
            e2e_ok(on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA, error);
            more += chunk->size;
        }
        boxd_process_free(p);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_OURS 0 /* includes the shadow memory and the quarantine of a sanitizer */
#else
#define MEMORY_IS_OURS (getenv("BOXD_UNDER_VALGRIND") == NULL)
#endif

/* "VmHWM": the peak of memory; "VmRSS": memory now. In KiB. */
static long memory(const char *what)
{
    char line[128];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    ck_assert_ptr_nonnull(status);
    while (kib < 0 && fgets(line, sizeof line, status))
        if (strncmp(line, what, strlen(what)) == 0)
            kib = strtol(line + strlen(what) + 1, NULL, 10);
    ck_assert_int_eq(fclose(status), 0);
    return kib;
}

/* A gigabyte, to a program that reads, and to a descriptor. The windows that follow the path may hold more.
 */
START_TEST(gigabyte)
{
    enum { MOST_KIB = 32 * 1024 };
    static const uint64_t GIGABYTE = 1000000000;
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .small_windows = true));
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    FILE *nothing = fopen("/dev/null", "w");
    e2e_do(box, "true");
    const long idle = memory("VmRSS");
    for (int to_fd = 0; to_fd < (_i == 0 ? 2 : 1);
         to_fd++) { /* the descriptors are the same on each surface */
        boxd_chunk *chunk = NULL;
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        if (to_fd)
            options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = fileno(nothing)};
        boxd_process *p = exec_start(box, "head -c 1000000000 /dev/zero", &options);
        while (!to_fd && on->process_read(p, NULL, &chunk, &error) == BOXD_READ_DATA)
            boxd_chunk_free(chunk);
        boxd_exec_result *result = on->process_result(p, NULL, &error);
        e2e_ok(result, error);
        ck_assert_uint_eq(result->out_bytes, GIGABYTE);
        boxd_exec_result_free(result);
        boxd_process_free(p);
    }
    const long most = memory("VmHWM");
    ck_assert_msg(!MEMORY_IS_OURS || most - idle < MOST_KIB, "%ld KiB above the %ld when idle", most - idle,
                  idle);
    ck_assert_int_eq(fclose(nothing), 0);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 9. arguments arrive unchanged ---- */

static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

static char random_special(void)
{
    static const char special[] = "'\"\\$`*?[]{}()<>|&;#~!=-+ \t\n\r%@^:,./_\x01\x7f\x80\xff\xc3\xa9";
    return special[next_random() % (sizeof special - 1)];
}

/* A random string of up to 24 bytes without NUL, often with characters that are special for shells and
 * option parsers. Every second string has only one kind of special character among letters, so that no other
 * character causes it to be quoted. */
static const char *random_word(char *word, const char *never)
{
    const size_t length = next_random() % 24;
    const char only = random_special();
    const bool mixed = next_random() % 2;
    for (size_t i = 0; i < length; i++) {
        do {
            if (mixed && next_random() % 3)
                word[i] = random_special();
            else if (mixed)
                word[i] = (char)(next_random() % 255 + 1);
            else
                word[i] = (const char[]){'A', 'B', only}[next_random() % 3];
        } while (strchr(never, word[i]));
    }
    word[length] = '\0';
    return word;
}

enum { WORDS = 12, WORD_SIZE = 32 };

static void add_word(char *wanted, size_t *size, const char *word)
{
    memcpy(wanted + *size, word, strlen(word) + 1);
    *size += strlen(word) + 1;
}

START_TEST(random_words)
{
    enum { ROUNDS = 60 };
    static const char print[] = "for w in \"$@\" \"$A\" \"$B\"; do printf '%s\\0' \"$w\"; done; pwd";
    random_state = 20261121 + (uint32_t)_i;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int round = 0; round < ROUNDS; round++) {
        char words[WORDS][WORD_SIZE], env[2][WORD_SIZE + 2] = {"A=", "B="}, cwd[WORD_SIZE + 8] = "/tmp/d";
        const char *argv[WORDS + 5] = {"sh", "-c", print, "sh"};
        char wanted[WORDS * WORD_SIZE + 4 * WORD_SIZE];
        size_t size = 0;
        boxd_error error = BOXD_ERROR_INIT;
        for (int i = 0; i < WORDS; i++) {
            argv[i + 4] = random_word(words[i], "");
            add_word(wanted, &size, words[i]);
        }
        for (int i = 0; i < 2; i++)
            add_word(wanted, &size, random_word(env[i] + 2, ""));
        random_word(cwd + 6, "/");
        add_word(wanted, &size, cwd);
        wanted[size - 1] = '\n';
        boxd_exec_result *made = on->box_exec(box, BOXD_ARGV("mkdir", "-p", cwd), NULL, &error);
        e2e_ok(made, error);
        boxd_exec_result_free(made);
        boxd_exec_result *result = on->box_exec(
            box, argv, BOXD_OPTIONS(boxd_exec_options, .env = BOXD_ARGV(env[0], env[1]), .cwd = cwd), &error);
        e2e_ok(result, error);
        ck_assert_msg(result->success && result->out.size == size &&
                          memcmp(result->out.data, wanted, size) == 0,
                      "round %d: exit %d, %zu bytes for %zu, %s", round, result->exit_code, result->out.size,
                      size, result->err.data);
        boxd_exec_result_free(result);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_contract");
    e2e_add(suite, one_end);
    e2e_add(suite, ambiguous_end);
    e2e_add(suite, output_before_exit);
    e2e_add(suite, bytes);
    e2e_add(suite, much);
    e2e_add(suite, order);
    e2e_add(suite, bounded);
    e2e_add(suite, gigabyte);
    e2e_add(suite, random_words);
    return e2e_main(suite, NULL);
}
