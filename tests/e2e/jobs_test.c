/*
 * The sentences of docs/jobs.md, by their numbers: how jobs start, run and end (1 to 5); the others are in
 * jobs_output_test.c. Each test fails if its sentence is violated.
 */
#include "job_case.h"
#include "pending.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- 1. a job runs once ---- */

START_TEST(starts_once)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int again = 0; again < 3; again++) {
        boxd_job *job =
            job_must_start(box, "echo x >>runs; exit 7", BOXD_OPTIONS(boxd_job_start_options, .id = "one"));
        ck_assert_str_eq(job->id, "one");
        ck_assert_int_eq(job->started, again == 0);
        ck_assert_str_eq(job->command, "echo x >>runs; exit 7");
        boxd_job_free(job);
        job_expect_exit(box, "one", 7);
    }
    job_expect_text(box, "cat runs", "x\n");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The faults of an Exec: before its start, in its input, after its effect, in its output. */
static const char *const cuts[] = {
    "\"code\":14",
    "\"close\":true",
    "\"code\":13,\"after_input_bytes\":1",
    "\"close\":true,\"after_input_bytes\":10",
    "\"close\":true,\"after_input_bytes\":30",
    "\"code\":14,\"after\":true",
    "\"close\":true,\"after\":true",
    "\"code\":14,\"after_bytes\":1",
    "\"close\":true,\"after_bytes\":12",
    "\"close\":true,\"after_bytes\":30",
    "\"truncate\":true",
    "\"no_message\":true",
    "\"chunk_bytes\":1,\"truncate\":true",
};

START_TEST(cut_starts)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(cuts); i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "cut-%zu", i);
        job_inject(cuts[i]);
        boxd_job *job =
            job_must_start(box, "echo x >>runs; exit 3", BOXD_OPTIONS(boxd_job_start_options, .id = id));
        ck_assert_msg(job->started, "%s", cuts[i]);
        boxd_job_free(job);
        ck_assert_int_eq(emulator_faults_left(&emulator), 0);
        job_expect_exit(box, id, 3);
    }
    char all[2 * COUNT(cuts) + 1] = "";
    for (size_t i = 0; i < COUNT(cuts); i++)
        memcpy(all + 2 * i, "x\n", 3);
    job_expect_text(box, "cat runs", all);
    job_expect_text(box, "cd ~/.boxd/jobs && ls */spec.* | wc -l | tr -d ' '",
                    "13\n"); /* nothing is left over */
    e2e_drop(box);
    e2e_close();
}
END_TEST

enum { STARTERS = 4 };
static const char both_line[] = "echo x >>runs; sleep 0.1";

static void *start_one(void *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = SURFACES[SURFACE_SYNC].job_start_shell(
        box, both_line, BOXD_OPTIONS(boxd_job_start_options, .id = "both"), &error);
    e2e_ok(job, error);
    return job;
}

/* Each starter is a thread. */
static void start_in_threads(boxd_box *box, boxd_job *jobs[STARTERS])
{
    pthread_t threads[STARTERS];
    for (size_t i = 0; i < STARTERS; i++)
        pthread_create(&threads[i], NULL, start_one, box);
    for (size_t i = 0; i < STARTERS; i++) {
        void *job = NULL;
        pthread_join(threads[i], &job);
        jobs[i] = job;
    }
}

static void on_job(boxd_job *job, const boxd_error *error, void *data)
{
    pending *p = data;
    p->result = job;
    if (error)
        p->error = *error;
    callbacks_count(&p->calls);
}

/* All starts are submitted before the first one ends. */
static void start_with_callbacks(boxd_box *box, boxd_job *jobs[STARTERS])
{
    pending starts[STARTERS];
    for (size_t i = 0; i < STARTERS; i++) {
        starts[i] = (pending)PENDING_INIT;
        boxd_aio_job_start_shell(box, both_line, BOXD_OPTIONS(boxd_job_start_options, .id = "both"), on_job,
                                 &starts[i]);
    }
    for (size_t i = 0; i < STARTERS; i++) {
        (void)pending_settle(&starts[i]);
        e2e_ok(starts[i].result, starts[i].error);
        jobs[i] = starts[i].result;
    }
}

START_TEST(many_starters)
{
    boxd_job *jobs[STARTERS];
    int started = 0;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    (_i == SURFACE_SYNC ? start_in_threads : start_with_callbacks)(box, jobs);
    for (size_t i = 0; i < STARTERS; i++) {
        started += jobs[i]->started;
        boxd_job_free(jobs[i]);
    }
    ck_assert_int_eq(started, 1);
    job_expect_exit(box, "both", 0);
    job_expect_text(box, "cat runs", "x\n");
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(another_command)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "same", "echo x");
    const boxd_job_start_options others[] = {
        {.size = sizeof *others, .id = "same", .env = BOXD_ARGV("A=b")},
        {.size = sizeof *others, .id = "same", .cwd = "/tmp"},
        {.size = sizeof *others, .id = "same", .run_timeout_ms = 1000},
        {.size = sizeof *others, .id = "same", .kill_after_ms = 1000},
        {.size = sizeof *others, .id = "same", .keep_bytes = 1000},
        {.size = sizeof *others, .id = "same", .input = true},
    };
    for (size_t i = 0; i < COUNT(others); i++) {
        ck_assert_ptr_null(on->job_start_shell(box, "echo x", &others[i], &error));
        e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "another command");
    }
    ck_assert_ptr_null(
        on->job_start_shell(box, "echo y", BOXD_OPTIONS(boxd_job_start_options, .id = "same"), &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "job \"same\" of box");
    job_expect_exit(box, "same", 0);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 2. a job outlives its client ---- */

/* What happens to the Exec of a start in another process, which is then killed, or gets an error. */
static const struct {
    const char *fault;
    /* The process gets an error, and ends by itself. */
    bool fails;
    /* Whether that start has started the job. */
    bool started;
} deaths[] = {
    {.started = true}, /* killed after the start */
    {.fault = "\"hang\":true"},
    {.fault = "\"hang\":true,\"after_input_bytes\":10"},
    {.fault = "\"hang\":true,\"after_bytes\":1", .started = true},
    {.fault = "\"code\":7,\"after\":true", .fails = true, .started = true},
};

static const char orphan_line[] = "echo x >>runs; while ! [ -e go ]; do sleep 0.05; done; exit 9";

static boxd_job *start_orphan(boxd_box *box, size_t number, boxd_error *error)
{
    char id[16];
    (void)snprintf(id, sizeof id, "orphan-%zu", number);
    return SURFACES[SURFACE_SYNC].job_start_shell(
        box, orphan_line, BOXD_OPTIONS(boxd_job_start_options, .id = id, .cwd = id), error);
}

/* Reads the name of a box from `from`, starts a job there, and is killed, or waits for it. */
static _Noreturn void start_and_die(size_t number, int from)
{
    char name[64] = "";
    boxd_error error = BOXD_ERROR_INIT;
    if (read(from, name, sizeof name - 1) <= 0)
        _exit(EXIT_FAILURE);
    boxd_compute *client = boxd_compute_open(NULL, &error);
    boxd_box *box = boxd_box_from_name(client, name, &error);
    const boxd_job *job = start_orphan(box, number, &error);
    if (job)
        (void)raise(SIGKILL);
    _exit(deaths[number].fails && error.status == BOXD_ERR_PERMISSION_DENIED ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Lets the process start the job, and ends it. */
static void kill_starter(boxd_box *box, size_t number, pid_t child, int names)
{
    int status = 0;
    char line[96];
    (void)snprintf(line, sizeof line, "mkdir orphan-%zu", number);
    e2e_do(box, line);
    if (deaths[number].fault)
        job_inject(deaths[number].fault);
    ck_assert_int_gt(write(names, boxd_box_name(box), strlen(boxd_box_name(box))), 0);
    if (deaths[number].fault && !deaths[number].fails) {
        while (emulator_faults_left(&emulator) > 0) /* the request has arrived */
            usleep(1000);
        (void)snprintf(line, sizeof line, "until [ -e orphan-%zu/runs ]; do sleep 0.02; done", number);
        if (deaths[number].started)
            e2e_do(box, line);
        ck_assert_int_eq(kill(child, SIGKILL), 0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (deaths[number].fails)
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    else
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Another process finds the job, or starts it. It ran once. */
static void start_again(boxd_box *box, size_t number)
{
    boxd_error error = BOXD_ERROR_INIT;
    char line[96];
    boxd_job *job = start_orphan(box, number, &error);
    e2e_ok(job, error);
    ck_assert_int_eq(job->started, !deaths[number].started);
    ck_assert_int_eq((int)job->state, (int)BOXD_JOB_RUNNING);
    ck_assert(!job->has_exit_code && job->started_at_ms > 0 && job->ended_at_ms == 0);
    (void)snprintf(line, sizeof line, "touch orphan-%zu/go", number);
    e2e_do(box, line);
    job_expect_exit(box, job->id, 9);
    (void)snprintf(line, sizeof line, "cat orphan-%zu/runs", number);
    job_expect_text(box, line, "x\n");
    boxd_job_free(job);
}

START_TEST(killed_clients)
{
    int names[COUNT(deaths)][2];
    pid_t children[COUNT(deaths)];
    for (size_t i = 0; i < COUNT(deaths); i++) { /* before there is a client: gRPC does not work in a child */
        ck_assert_int_eq(pipe(names[i]), 0);
        children[i] = fork();
        if (children[i] == 0)
            start_and_die(i, names[i][0]);
    }
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(deaths); i++) {
        kill_starter(box, i, children[i], names[i][1]);
        start_again(box, i);
        close(names[i][0]);
        close(names[i][1]);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 3. the command gets what the caller gave ---- */

START_TEST(arguments)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = on->job_start(
        box,
        BOXD_ARGV("sh", "-c", "pwd; printf '%s|' \"$@\" \"$V\"; umask; cat; echo e >&2", "", "a b", "",
                  "'\"$x`\\", "*\n", "-e", "\377"),
        BOXD_OPTIONS(boxd_job_start_options, .id = "args", .cwd = "/tmp", .env = BOXD_ARGV("V='$(x)\n")),
        &error);
    e2e_ok(job, error);
    boxd_job_free(job);
    job = job_wait_for(box, "args");
    ck_assert_int_eq(job->exit_code, 0);
    ck_assert_str_eq(job->command,
                     "sh -c 'pwd; printf '%s|' \"$@\" \"$V\"; umask; cat; echo e >&2' '' 'a b' '' "
                     "'\"$x`\\ '*\\x0A' -e \\xFF");
    ck_assert_uint_eq(job->err_bytes, 2);
    boxd_job_free(job);
    job_expect_text(
        box,
        "umask >u; f=~/.boxd/jobs/args/out; { echo /tmp; printf '%s|' 'a b' '' \"'\\\"\\$x\\`\\\\\" '*\n' -e "
        "\"$(printf '\\377')\" \"'\\$(x)\n\"; cat u; } | cmp - $f && echo same",
        "same\n");
    /* A shell line of 128 KiB or more would be too long for Linux. */
    static char large[100000];
    memset(large, 'x', sizeof large - 1);
    job = on->job_start(box, BOXD_ARGV("sh", "-c", "exit $#", "", large, large, large),
                        BOXD_OPTIONS(boxd_job_start_options, .id = "large"), &error);
    e2e_ok(job, error);
    ck_assert_uint_eq(strlen(job->command), 199);
    ck_assert_str_eq(job->command + 195, "x...");
    boxd_job_free(job);
    job_expect_exit(box, "large", 3);
    /* A command that cannot be started ends as in a shell. */
    job = on->job_start(box, BOXD_ARGV("no-such-command"), NULL, &error);
    e2e_ok(job, error);
    ck_assert_int_eq(strncmp(job->id, "job-", 4), 0);
    job_expect_exit(box, job->id, 127);
    boxd_job_free(job);
    job = on->job_start(box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_job_start_options, .cwd = "/no/such"),
                        &error);
    e2e_ok(job, error);
    job_expect_exit(box, job->id, 2);
    boxd_job_free(job);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(refusals)
{
    static char long_id[102];
    memset(long_id, 'a', sizeof long_id - 1);
    const char *const ids[] = {"", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "\303\244", "a;b", long_id};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(ids); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->job_get(box, ids[i], NULL, &error));
        e2e_refused(error.status, &error, "the job's id");
        ck_assert_ptr_null(
            on->job_start_shell(box, "true", BOXD_OPTIONS(boxd_job_start_options, .id = ids[i]), &error));
        e2e_refused(error.status, &error, "the job's id");
    }
    const struct {
        const char *const *argv;
        boxd_job_start_options options;
        const char *says;
    } starts[] = {
        {NULL, BOXD_JOB_START_OPTIONS_INIT, "argv is empty"},
        {BOXD_ARGV(""), BOXD_JOB_START_OPTIONS_INIT, "argv is empty"},
        {BOXD_ARGV("a"), {.size = sizeof starts->options, .env = BOXD_ARGV("1=2")}, "env[0]"},
        {BOXD_ARGV("a"), {.size = sizeof starts->options, .run_timeout_ms = -1}, "run_timeout_ms is -1"},
        {BOXD_ARGV("a"), {.size = sizeof starts->options, .kill_after_ms = -2}, "kill_after_ms is -2"},
        {BOXD_ARGV("a"), {.size = sizeof starts->options, .keep_bytes = UINT64_MAX}, "keep_bytes"},
    };
    for (size_t i = 0; i < COUNT(starts); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->job_start(box, starts[i].argv, &starts[i].options, &error));
        e2e_refused(error.status, &error, starts[i].says);
    }
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->job_get(box, "none-such", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "job \"none-such\" of box");
    ck_assert_ptr_null(on->job_wait(box, "none-such", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "boxd_job_list()");
    e2e_do(box, "mkdir ~/.boxd; touch ~/.boxd/jobs");
    ck_assert_ptr_null(on->job_start_shell(box, "true", NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED, "cannot store the job: mkdir: ");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 4. one end, and no invented exit code ---- */

typedef struct timeout_case {
    const char *id, *line;
    int64_t kill_after_ms;
    int code;
} timeout_case;

static const timeout_case timeout_cases[] = {
    {"term", ": >term-is-ready; exec sleep 600", 60000, 143},
    {"kill", "trap '' TERM; : >kill-is-ready; while :; do sleep 0.1; done", 100, 137},
    {"handled", "trap 'exit 5' TERM; : >handled-is-ready; while :; do sleep 0.1; done", 60000, 5},
};

static void start_timeout(boxd_box *box, const timeout_case *of, int64_t run_timeout_ms)
{
    boxd_job_free(
        job_must_start(box, of->line,
                       BOXD_OPTIONS(boxd_job_start_options, .id = of->id, .run_timeout_ms = run_timeout_ms,
                                    .kill_after_ms = of->kill_after_ms)));
}

/* Whether the command was ready before its time was over; otherwise the job is removed. */
static bool check_timeout(boxd_box *box, const timeout_case *of)
{
    char line[64];
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = job_wait_for(box, of->id);
    (void)snprintf(line, sizeof line, "[ -e %s-is-ready ]", of->id);
    boxd_exec_result *ready = e2e_run(box, line);
    const bool in_time = ready->exit_code == 0;
    boxd_exec_result_free(ready);
    ck_assert(job->timed_out && job->has_exit_code);
    if (in_time)
        ck_assert_int_eq(job->exit_code, of->code);
    else
        e2e_ok(on->job_remove(box, of->id, NULL, &error) == BOXD_OK, error);
    boxd_job_free(job);
    return in_time;
}

START_TEST(timeouts)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(timeout_cases); i++)
        start_timeout(box, &timeout_cases[i], 200);
    for (size_t i = 0; i < COUNT(timeout_cases); i++)
        for (int64_t ms = 800; !check_timeout(box, &timeout_cases[i]); ms *= 4) /* a slow machine */
            start_timeout(box, &timeout_cases[i], ms);
    e2e_drop(box);
    e2e_close();
}
END_TEST

static void expect_state(boxd_box *box, const char *id, boxd_job_state state)
{
    boxd_job *job = job_wait_for(box, id);
    ck_assert_int_eq((int)job->state, (int)state);
    ck_assert(!job->has_exit_code && job->exit_code == 0 && job->ended_at_ms == 0);
    boxd_job_free(job);
}

START_TEST(lost_and_rebooted)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "lost", "exec sleep 600");
    job_start_line(box, "rebooted", "exec sleep 600");
    e2e_do(box, "read boot pid rest <~/.boxd/jobs/lost/claim && kill -9 $pid");
    expect_state(box, "lost", BOXD_JOB_LOST);
    e2e_ok(on->box_reboot(box, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_wait_until_ready(box, NULL, &error) == BOXD_OK, error);
    expect_state(box, "rebooted", BOXD_JOB_REBOOTED);
    /* It ran once: it is not started again. */
    boxd_job *job =
        job_must_start(box, "exec sleep 600", BOXD_OPTIONS(boxd_job_start_options, .id = "rebooted"));
    ck_assert(!job->started && job->state == BOXD_JOB_REBOOTED);
    boxd_job_free(job);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(suspended)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "sleeper", "while ! [ -e go ]; do sleep 0.05; done; exit 4");
    e2e_ok(on->box_suspend(box, NULL, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_resume(box, NULL, NULL, &error) == BOXD_OK, error);
    e2e_do(box, "touch go");
    job_expect_exit(box, "sleeper", 4);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- 5. a wait goes on after a failure ---- */

START_TEST(cut_waits)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    job_start_line(box, "slow", "sleep 0.3; exit 6");
    for (size_t i = 0; i < COUNT(cuts); i++)
        if (!strstr(cuts[i], "input")) {
            job_inject(cuts[i]);
            job_expect_exit(box, "slow", 6);
            ck_assert_int_eq(emulator_faults_left(&emulator), 0);
        }
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(late_wait)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    job_start_line(box, "long", "exec sleep 600");
    ck_assert_ptr_null(on->job_wait(box, "long", BOXD_OPTIONS(boxd_call_options, .timeout_ms = 200), &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "waiting for job \"long\" of box");
    ck_assert(error.retryable);
    boxd_job *job = on->job_get(box, "long", NULL, &error);
    e2e_ok(job, error);
    ck_assert_int_eq((int)job->state, (int)BOXD_JOB_RUNNING);
    boxd_job_free(job);
    e2e_drop(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs");
    e2e_add(suite, starts_once);
    e2e_add_pair(suite, cut_starts);
    e2e_add_pair(suite, many_starters);
    e2e_add(suite, another_command);
    e2e_add_pair(suite, killed_clients);
    e2e_add(suite, arguments);
    e2e_add(suite, refusals);
    e2e_add_pair(suite, timeouts);
    e2e_add_pair(suite, lost_and_rebooted);
    e2e_add_pair(suite, suspended);
    e2e_add_pair(suite, cut_waits);
    e2e_add_pair(suite, late_wait);
    return e2e_main(suite, NULL);
}
