/*
 * The sentences of docs/jobs.md, by their numbers: the output of jobs, and the other requests (6 and 7); the
 * others are in jobs_test.c. Each test fails if its sentence is violated.
 */
#include "job_case.h"

#include <stdio.h>

/* ---- 6. output from any offset ---- */

static boxd_job_output *read_at(boxd_box *box, const char *id, const boxd_job_read_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_output *output = on->job_read(box, id, options, &error);
    e2e_ok(output, error);
    ck_assert_uint_eq(output->next_offset, options->offset + output->size);
    return output;
}

START_TEST(pieces)
{
    static const struct {
        uint64_t offset;
        size_t max;
        const char *data;
        uint64_t total;
        boxd_output_stream stream;
        bool end;
    } cases[] = {{0, 0, "hello\n", 6, 0, true},           {2, 3, "llo", 6, BOXD_STDOUT, false},
                 {5, 1, "\n", 6, BOXD_STDOUT, true},      {6, 0, "", 6, BOXD_STDOUT, true},
                 {1000000, 0, "", 6, BOXD_STDOUT, true},  {0, 2, "on", 3, BOXD_STDERR, false},
                 {2, 16 << 20, "e", 3, BOXD_STDERR, true}};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    job_start_line(box, "out", "echo hello; printf one >&2");
    job_expect_exit(box, "out", 0);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int follow = 0; follow < 2; follow++) {
            boxd_job_output *output =
                read_at(box, "out",
                        BOXD_OPTIONS(boxd_job_read_options, .stream = cases[i].stream, .follow = follow,
                                     .offset = cases[i].offset, .max_bytes = cases[i].max));
            ck_assert_str_eq(output->data, cases[i].data);
            ck_assert_uint_eq(output->size, strlen(cases[i].data));
            ck_assert_uint_eq(output->total_bytes, cases[i].total);
            ck_assert_int_eq(output->end, cases[i].end);
            boxd_job_output_free(output);
        }
    const struct {
        boxd_job_read_options options;
        const char *says;
    } refused[] = {{{.size = sizeof refused->options, .max_bytes = (16 << 20) + 1}, "max_bytes"},
                   {{.size = sizeof refused->options, .stream = (boxd_output_stream)3}, "stream is 3"},
                   {{.size = sizeof refused->options, .offset = UINT64_MAX}, "offset"}};
    for (size_t i = 0; i < COUNT(refused); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->job_read(box, "out", &refused[i].options, &error));
        e2e_refused(error.status, &error, refused[i].says);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* How follow_all() reads. */
typedef struct follow_options {
    size_t size;
    const char *id;
    size_t max_bytes;
    /* For each of the first reads. */
    const char *const *faults;
    size_t fault_count;
    bool (*check)(uint64_t offset, const boxd_job_output *output);
    /* Creates the file `go` and the number of the read after each read. */
    bool steps;
} follow_options;

/* Reads all output while the job writes it. Returns the number of reads. */
static size_t follow_all(boxd_box *box, const follow_options *o)
{
    size_t reads = 0;
    boxd_job_read_options from = {.size = sizeof from, .follow = true, .max_bytes = o->max_bytes};
    for (bool end = false; !end; reads++) {
        if (reads < o->fault_count)
            job_inject(o->faults[reads]);
        boxd_job_output *output = read_at(box, o->id, &from);
        ck_assert(output->size > 0 || output->end);
        ck_assert(o->check(from.offset, output));
        from.offset = output->next_offset;
        end = output->end;
        boxd_job_output_free(output);
        char line[32];
        (void)snprintf(line, sizeof line, "touch go%zu", reads);
        if (o->steps)
            e2e_do(box, line);
    }
    return reads;
}

static bool is_abc(uint64_t offset, const boxd_job_output *output)
{
    for (size_t i = 0; i < output->size; i++)
        if (((const char *)output->data)[i] != "abc\n"[(offset + i) % 4])
            return false;
    return true;
}

START_TEST(followed)
{
    static const char *const faults[] = {"\"close\":true,\"after_bytes\":60", "\"code\":14,\"after\":true",
                                         "\"truncate\":true", "\"chunk_bytes\":1,\"truncate\":true"};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    job_start_line(box, "talk",
                   "for i in 0 1 2 3 4; do echo abc; until [ -e go$i ]; do sleep 0.02; done; done");
    ck_assert_uint_ge(
        follow_all(box, BOXD_OPTIONS(follow_options, .id = "talk", .faults = faults,
                                     .fault_count = COUNT(faults), .check = is_abc, .steps = true)),
        5);
    ck_assert_int_eq(emulator_faults_left(&emulator), 0);
    boxd_job *job = job_wait_for(box, "talk");
    ck_assert_uint_eq(job->out_bytes, 20);
    boxd_job_free(job);
    e2e_drop(box);
    e2e_close();
}
END_TEST

static bool is_zero(uint64_t offset, const boxd_job_output *output)
{
    const char *data = output->data;
    (void)offset;
    return output->size == 0 || (data[0] == 0 && memcmp(data, data + 1, output->size - 1) == 0);
}

/* The size of a large output; CONTRIBUTING.md has a larger one. */
static unsigned long long large_bytes(void)
{
    const char *bytes = getenv("BOXD_JOB_OUTPUT_BYTES");
    return bytes ? strtoull(bytes, NULL, 10) : 5234567;
}

START_TEST(large_output)
{
    char line[64];
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    (void)snprintf(line, sizeof line, "head -c %llu /dev/zero", large_bytes());
    job_start_line(box, "large", line);
    follow_all(box, BOXD_OPTIONS(follow_options, .id = "large", .max_bytes = 16 << 20, .check = is_zero));
    boxd_job *job = job_wait_for(box, "large");
    ck_assert_uint_eq(job->out_bytes, large_bytes());
    boxd_job_free(job);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(kept)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_job_free(
        job_must_start(box, "echo abc; head -c 300000 /dev/zero; echo x > /dev/stderr; echo y > /dev/stderr",
                       BOXD_OPTIONS(boxd_job_start_options, .id = "keep", .keep_bytes = 100000)));
    boxd_job *job = job_wait_for(box, "keep");
    ck_assert_int_eq(job->exit_code, 0);
    ck_assert_uint_eq(job->out_bytes, 300004);
    ck_assert_uint_eq(job->out_dropped_bytes, 200004);
    ck_assert_uint_eq(job->err_bytes, 4);
    ck_assert_uint_eq(job->err_dropped_bytes, 0);
    boxd_job_free(job);
    boxd_job_output *output = read_at(box, "keep", BOXD_OPTIONS(boxd_job_read_options, .follow = true));
    ck_assert_uint_eq(output->size, 100000);
    ck_assert(output->end && memcmp(output->data, "abc\n", 5) == 0);
    boxd_job_output_free(output);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 8. input ---- */

static void start_cat(boxd_box *box, const char *id)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = on->job_start(box, BOXD_ARGV("cat"),
                                  BOXD_OPTIONS(boxd_job_start_options, .id = id, .input = true), &error);
    e2e_ok(job, error);
    boxd_job_free(job);
}

START_TEST(written)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    start_cat(box, "in");
    e2e_ok(on->job_write(box, "in", "one\n", 4, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->job_write(box, "in", NULL, 0, NULL, &error) == BOXD_OK, error);
    boxd_job_output *output = read_at(box, "in", BOXD_OPTIONS(boxd_job_read_options, .follow = true));
    ck_assert_str_eq(output->data, "one\n"); /* before the end of the input */
    boxd_job_output_free(output);
    e2e_ok(on->job_write(box, "in", "\0two", 4, NULL, &error) == BOXD_OK, error);
    for (int again = 0; again < 2; again++)
        e2e_ok(on->job_write_eof(box, "in", NULL, &error) == BOXD_OK, error);
    job_expect_exit(box, "in", 0);
    job_expect_text(box, "od -An -c ~/.boxd/jobs/in/out | tr -d ' '", "one\\n\\0two\n");
    e2e_ok(on->job_write_eof(box, "in", NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->job_write(box, "in", "x", 1, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "has ended");
    job_start_line(box, "none", "exec sleep 600");
    ck_assert_int_eq((int)on->job_write(box, "none", "x", 1, NULL, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "without `input`");
    ck_assert_int_eq((int)on->job_write_eof(box, "none", NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    error = (boxd_error)BOXD_ERROR_INIT;
    e2e_refused(on->job_write(box, "in", NULL, 1, NULL, &error), &error, "data is NULL");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Bytes by which a test sees a piece that is missing, repeated or moved. */
static void fill(char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 + i / 1000);
}

/* Each byte arrives once, although pieces are cut or their answers are lost. */
START_TEST(cut_writes)
{
    static const char *const faults[] = {
        "\"code\":14",
        "\"close\":true,\"after_input_bytes\":1000",
        "\"close\":true,\"after\":true",
        "\"code\":13,\"after\":true",
        "\"truncate\":true",
    };
    enum { SIZE = 1500000 };
    char *data = malloc(SIZE);
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    fill(data, SIZE);
    start_cat(box, "in");
    for (size_t i = 0; i < COUNT(faults); i++) {
        job_inject(faults[i]);
        e2e_ok(on->job_write(box, "in", data, SIZE, NULL, &error) == BOXD_OK, error);
        ck_assert_int_eq(emulator_faults_left(&emulator), 0);
    }
    job_inject("\"close\":true,\"after\":true");
    e2e_ok(on->job_write_eof(box, "in", NULL, &error) == BOXD_OK, error);
    job_expect_exit(box, "in", 0);
    e2e_ok(on->box_write_file(box, "data", data, SIZE, NULL, &error) == BOXD_OK, error);
    job_expect_text(box, "cat data data data data data | cmp - ~/.boxd/jobs/in/out && echo same", "same\n");
    job_expect_text(box, "cat ~/.boxd/jobs/in/piece* | wc -c | tr -d ' '", "0\n"); /* no space is taken */
    free(data);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A program repeats a write that has failed: with an offset, no byte arrives twice. */
START_TEST(repeated_writes)
{
    enum { SIZE = 1500000, ARRIVED = 1 << 20 };
    static char data[SIZE];
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_write_options at = BOXD_JOB_WRITE_OPTIONS_INIT;
    at.at_offset = true;
    fill(data, SIZE);
    start_cat(box, "in");
    job_inject("\"code\":7,\"after\":true"); /* the first piece arrives, and the call fails */
    ck_assert_int_ne((int)on->job_write(box, "in", data, SIZE, &at, &error), (int)BOXD_OK);
    boxd_job *job = on->job_get(box, "in", NULL, &error);
    e2e_ok(job, error);
    ck_assert_uint_eq(job->in_bytes, ARRIVED);
    boxd_job_free(job);
    job_inject("\"close\":true,\"after\":true"); /* the library repeats it too */
    for (int again = 0; again < 2; again++)
        e2e_ok(on->job_write(box, "in", data, SIZE, &at, &error) == BOXD_OK, error);
    at.offset = SIZE - 10; /* behind a part that has arrived */
    e2e_ok(on->job_write(box, "in", data, 100, &at, &error) == BOXD_OK, error);
    at.offset = SIZE + 1000;
    ck_assert_int_eq((int)on->job_write(box, "in", data, 1, &at, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, ": 1500090");
    at.offset = UINT64_MAX;
    error = (boxd_error)BOXD_ERROR_INIT;
    e2e_refused(on->job_write(box, "in", data, 1, &at, &error), &error, "no size of a file");
    e2e_ok(on->job_write_eof(box, "in", NULL, &error) == BOXD_OK, error);
    job_expect_exit(box, "in", 0);
    e2e_ok(on->box_write_file(box, "data", data, SIZE, NULL, &error) == BOXD_OK, error);
    job_expect_text(box,
                    "{ cat data; head -c 100 data | tail -c 90; } | cmp - ~/.boxd/jobs/in/out && echo same",
                    "same\n");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 7. list, signal, remove ---- */

START_TEST(listed)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    boxd_jobs *jobs = on->job_list(box, NULL, &error);
    e2e_ok(jobs, error);
    ck_assert_uint_eq(jobs->count, 0);
    boxd_jobs_free(jobs);
    job_start_line(box, "done", "exit 3");
    job_start_line(box, "running", "exec sleep 600");
    job_expect_exit(box, "done", 3);
    e2e_do(box, "mkdir ~/.boxd/jobs/no-job && touch ~/.boxd/jobs/file");
    jobs = on->job_list(box, NULL, &error);
    e2e_ok(jobs, error);
    ck_assert_uint_eq(jobs->count, 2);
    ck_assert_str_eq(jobs->items[0]->id, "done");
    ck_assert_int_eq(jobs->items[0]->exit_code, 3);
    ck_assert_str_eq(jobs->items[1]->id, "running");
    ck_assert_int_eq((int)jobs->items[1]->state, (int)BOXD_JOB_RUNNING);
    boxd_jobs_free(jobs);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(signals)
{
    static const struct {
        const char *line, *signal;
        int code;
    } cases[] = {{"exec sleep 600", "TERM", 143},
                 {"sleep 600; true", "SIGKILL", 137},
                 {"exec sleep 600", "2", 130},
                 {"trap 'exit 8' USR1; echo ready; while :; do sleep 0.05; done", "USR1", 8}};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "s%zu", i);
        job_start_line(box, id, cases[i].line);
        if (cases[i].code == 8) /* its trap is set */
            boxd_job_output_free(read_at(box, id, BOXD_OPTIONS(boxd_job_read_options, .follow = true)));
        e2e_ok(on->job_signal(box, id, cases[i].signal, NULL, &error) == BOXD_OK, error);
        job_expect_exit(box, id, cases[i].code);
    }
    ck_assert_int_eq((int)on->job_signal(box, "s0", "TERM", NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "has ended");
    static const char *const wrong[] = {"",
                                        "SIG",
                                        "-9",
                                        "0",
                                        "65",
                                        "099",
                                        "9x",
                                        "FOO",
                                        "NOSUCH",
                                        "term",
                                        "TERM;x",
                                        "T ERM",
                                        "A-VERY-LONG-NAME-OF-A-SIGNAL"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        error = (boxd_error)BOXD_ERROR_INIT;
        e2e_refused(on->job_signal(box, "s0", wrong[i], NULL, &error), &error, "the signal");
    }
    job_start_line(box, "last", "exec sleep 600");
    /* A signal is not sent twice. */
    job_inject("\"code\":14,\"after\":true");
    ck_assert_int_eq((int)on->job_signal(box, "last", "CONT", NULL, &error), (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(removed)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "old", "echo x; exit 2");
    job_expect_exit(box, "old", 2);
    job_start_line(box, "live", "sleep 600; true");
    ck_assert_int_eq((int)on->job_remove(box, "live", NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "the job runs");
    job_inject("\"chunk_bytes\":1");             /* which attempt has started the job */
    job_inject("\"close\":true,\"after\":true"); /* a lost answer: the second attempt finds no job */
    e2e_ok(on->job_remove(box, "old", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->job_remove(box, "live", BOXD_OPTIONS(boxd_job_remove_options, .kill = true), &error) ==
               BOXD_OK,
           error);
    ck_assert_int_eq((int)on->job_remove(box, "live", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    job_expect_text(box, "ls -A ~/.boxd/jobs; ps -e -o args | grep -c '^sleep 600'", "0\n");
    boxd_job *job =
        job_must_start(box, "exit 4", BOXD_OPTIONS(boxd_job_start_options, .id = "old")); /* the id is free */
    ck_assert(job->started);
    boxd_job_free(job);
    job_expect_exit(box, "old", 4);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Another program starts a job with the same id between the attempts of a remove: the job stays. */
START_TEST(removed_again)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "build", "exit 2");
    job_expect_exit(box, "build", 2);
    job_expect_text(box,
                    "cd ~/.boxd/jobs && cp -R build ../later && read -r a b c d e <build/claim && "
                    "echo $a $b $c later $e >../later/claim && mv ../later/spec.* ../later/spec.later",
                    "");
    job_start_line(box, "other",
                   "cd ~/.boxd/jobs; while [ -e build ]; do sleep 0.01; done; mv ../later build");
    static const char *const faults[] = {
        "\"chunk_bytes\":1",             /* none: the first request only asks for the attempt */
        "\"close\":true,\"after\":true", /* the remove, whose answer is lost */
        "\"code\":14",
        "\"code\":14",
        "\"code\":14",
    };
    for (size_t i = 0; i < COUNT(faults); i++)
        job_inject(faults[i]);
    e2e_ok(on->job_remove(box, "build", BOXD_OPTIONS(boxd_job_remove_options, .kill = true), &error) ==
               BOXD_OK,
           error);
    ck_assert_int_eq(emulator_faults_left(&emulator), 0);
    job_expect_exit(box, "other", 0);
    job_expect_exit(box, "build", 2);
    e2e_drop(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs_output");
    e2e_add(suite, pieces);
    e2e_add_pair(suite, followed);
    e2e_add_pair(suite, large_output);
    e2e_add_pair(suite, kept);
    e2e_add(suite, written);
    e2e_add_pair(suite, cut_writes);
    e2e_add_pair(suite, repeated_writes);
    e2e_add(suite, listed);
    e2e_add_pair(suite, signals);
    e2e_add_pair(suite, removed);
    e2e_add_pair(suite, removed_again);
    return e2e_main(suite, NULL);
}
