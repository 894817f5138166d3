/* The commands of jobs: commands in a box that go on when boxctl or the connection ends. */
#include "run/job.h"

#include "commands/each.h"
#include "commands/table.h"
#include "run/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    environment environment;
    const char *id, *keep;
    bool input, force;
    int64_t run_timeout_ms, kill_after_ms;
} opts;

static const option_row START_OPTIONS[] = {
    {"id", 0, OPTION_TEXT, &opts.id, "ID",
     "name of the job: a second start with the same id and command finds the job (default: made of the "
     "command)"},
    ENVIRONMENT_OPTIONS(opts.environment),
    {"interactive", 'i', OPTION_SWITCH, &opts.input, NULL,
     "keep the standard input open, for `boxctl job write`; a command that reads it to its end waits for "
     "`boxctl job write --eof`"},
    {"run-timeout", 0, OPTION_DURATION, &opts.run_timeout_ms, "TIME",
     "the box ends the command after this time (--timeout is the timeout of the start)"},
    {"kill-after", 0, OPTION_DURATION, &opts.kill_after_ms, "TIME",
     "time from SIGTERM to SIGKILL with --run-timeout (default: 5s)"},
    {"keep-output", 0, OPTION_TEXT, &opts.keep, "SIZE",
     "keep only the first SIZE bytes of each output, e.g. 10M (default: all)"},
    {0},
};
static const option_row RM_OPTIONS[] = {
    {"force", 'f', OPTION_SWITCH, &opts.force, NULL, "also jobs that run: their processes are killed"},
    {0},
};

/* ---- start ---- */

/* Reads "10M": digits, and K, M, G or T. 0: malformed. */
static uint64_t parse_size(const char *text)
{
    static const char UNITS[] = "KMGT";
    char *end = NULL;
    const unsigned long long number = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    const char *unit = end && *end ? strchr(UNITS, *end) : NULL;
    const int shift = unit ? 10 * (int)(unit - UNITS + 1) : 0;
    if (!end || (*end && (!unit || end[1])) || number > (UINT64_MAX >> 2 >> shift))
        return 0;
    return (uint64_t)number << shift;
}

static int run_start(cli *c, char **args, int count)
{
    (void)count;
    const uint64_t keep = opts.keep ? parse_size(opts.keep) : 0;
    if (opts.keep && keep == 0)
        return cli_usage_error(
            c, "invalid value \"%s\" for --keep-output: must be a size such as 500K or 10M", opts.keep);
    int code = EXIT_OK;
    if (!opts.id && !cli_can_print(c, JOB_ID, ": give an id with --id", &code))
        return code;
    if (!cli_open_box(c, args[0], &code))
        return code;
    char **env = environment_make(&opts.environment, false);
    const job_settings settings = {
        .id = opts.id,
        .env = env,
        .dir = opts.environment.dir,
        .input = opts.input,
        .run_timeout_ms = opts.run_timeout_ms == BOXD_NO_TIMEOUT ? 0 : opts.run_timeout_ms,
        .kill_after_ms = opts.kill_after_ms,
        .keep_bytes = keep,
    };
    code = env ? job_start(c, args + 1, &settings) : cli_error(EXIT_FAILED, "out of memory");
    environment_free(env);
    return code;
}

/* ---- ls, show, wait ---- */

/* The job that was started last comes first. */
static int compare_jobs(const void *a, const void *b)
{
    const boxd_job *const *first = a, *const *second = b;
    const int64_t difference = (*second)->started_at_ms - (*first)->started_at_ms;
    return difference ? (difference > 0 ? 1 : -1) : strcmp((*first)->id, (*second)->id);
}

/* The jobs in an array of pointers. NULL: out of memory. */
static json_t *jobs_json(const boxd_jobs *jobs)
{
    const boxd_job **sorted = calloc(jobs->count + 1, sizeof(void *));
    json_t *rows = sorted ? json_array() : NULL;
    for (size_t i = 0; sorted && i < jobs->count; i++)
        sorted[i] = jobs->items[i];
    if (sorted)
        qsort(sorted, jobs->count, sizeof(void *), compare_jobs);
    for (size_t i = 0; rows && i < jobs->count; i++)
        json_array_append_new(rows, job_json(sorted[i]));
    free(sorted);
    return rows;
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"ID", "id", CELL_TEXT},
                                     {"COMMAND", "command", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"EXIT", "exit_code", CELL_TEXT},
                                     {"STARTED", "started_at_ms", CELL_AGE},
                                     {"ENDED", "ended_at_ms", CELL_AGE},
                                     {"STDOUT", "stdout_bytes", CELL_BYTES},
                                     {"STDERR", "stderr_bytes", CELL_BYTES},
                                     {0}};
    (void)args;
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = cli_call(c);
    boxd_jobs *jobs = boxd_job_list(c->box, &call, &error);
    if (!jobs)
        return cli_report(c, &error);
    json_t *rows = jobs_json(jobs);
    boxd_jobs_free(jobs);
    return rows ? print_rows(c, rows, COLUMNS) : cli_error(EXIT_FAILED, "out of memory");
}

static int run_show(cli *c, char **args, int count)
{
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = cli_call(c);
    boxd_job *job = boxd_job_get(c->box, args[1], &call, &error);
    const int code = job ? print_object(c, job_json(job), "status") : cli_report(c, &error);
    boxd_job_free(job);
    return code;
}

/* Prints how a job has ended, and returns its exit code. */
static int print_end(const cli *c, const boxd_job *job)
{
    if (job->state == BOXD_JOB_REBOOTED)
        return cli_error(EXIT_BOXCTL, "the box was started anew while job %s ran: there is no exit code",
                         job->id);
    if (!job->has_exit_code)
        return cli_error(EXIT_BOXCTL,
                         "the exit code of job %s is lost: the process that waits for the command was "
                         "killed, and the command may still run",
                         job->id);
    if (job->timed_out)
        cli_note(c, "the time of job %s was over: the box has ended the command", job->id);
    return job->exit_code;
}

/* The time until `deadline_ms` of CLOCK_MONOTONIC, at least 1 ms. */
static int64_t time_left(int64_t deadline_ms)
{
    const int64_t left = deadline_ms - clock_ms(CLOCK_MONOTONIC);
    return left > 0 ? left : 1;
}

/* Whether the command of a job may wait for its input: the input is open. An empty write asks for this. */
static bool has_open_input(const cli *c, const char *id, int64_t timeout_ms)
{
    boxd_call_options call = cli_call(c);
    call.timeout_ms = timeout_ms;
    return boxd_job_write(c->box, id, NULL, 0, BOXD_OPTIONS(boxd_job_write_options, .call = call), NULL) ==
           BOXD_OK;
}

/* Puts --timeout into the message of a timeout: the library has put the timeout of the last call there. */
static void put_whole_timeout(const cli *c, const char *id, boxd_error *error)
{
    if (error->status == BOXD_ERR_TIMEOUT && c->timeout_ms > 0)
        snprintf(error->message, sizeof error->message, "job \"%s\" did not end within %lld ms", id,
                 (long long)c->timeout_ms);
}

/* Waits for the end of a job. On a terminal, prints a hint after a moment if the job may wait for input. All
 * calls together have the time of --timeout. */
static boxd_job *wait_for_end(const cli *c, char **args, boxd_error *error)
{
    enum { MOMENT_MS = 3000, PROBE_MS = 2000 };
    boxd_call_options call = cli_call(c);
    const bool is_limited = c->timeout_ms > 0;
    const bool is_short = is_limited && c->timeout_ms <= MOMENT_MS;
    const int64_t deadline_ms = is_limited ? clock_ms(CLOCK_MONOTONIC) + c->timeout_ms : 0;
    cli_waiting(c, args[1]);
    if (isatty(STDERR_FILENO) && !c->quiet && !is_short) {
        call.timeout_ms = MOMENT_MS;
        boxd_job *job = boxd_job_wait(c->box, args[1], &call, error);
        if (job || error->status != BOXD_ERR_TIMEOUT || interrupted_by())
            return job;
        const int64_t left = is_limited ? time_left(deadline_ms) : PROBE_MS;
        if (has_open_input(c, args[1], left < PROBE_MS ? left : PROBE_MS))
            cli_note(c, "the input of job %s is open; to close it: boxctl job write --eof %s %s </dev/null",
                     args[1], args[0], args[1]);
        call.timeout_ms = is_limited ? time_left(deadline_ms) : c->timeout_ms;
        cli_waiting(c, args[1]);
    }
    boxd_job *job = boxd_job_wait(c->box, args[1], &call, error);
    if (!job)
        put_whole_timeout(c, args[1], error);
    return job;
}

static int run_wait(cli *c, char **args, int count)
{
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = wait_for_end(c, args, &error);
    cli_waited();
    if (!job)
        return job_report(c, args[0], args[1], &error);
    const int code = print_end(c, job);
    (void)print_if_json(c, job_json(job));
    boxd_job_free(job);
    return code;
}

/* ---- signal, rm ---- */

static int run_signal(cli *c, char **args, int count)
{
    const char *name = count > 2 ? args[2] : "TERM";
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = cli_call(c);
    if (boxd_job_signal(c->box, args[1], name, &call, &error) != BOXD_OK)
        return cli_report(c, &error);
    return print_done(c,
                      json_pack("{s:o, s:o, s:o}", "box", json_text(args[0]), "job", json_text(args[1]),
                                "signal", json_text(name)),
                      "%s", args[1]);
}

static boxd_status remove_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    return boxd_job_remove(c->box, word,
                           BOXD_OPTIONS(boxd_job_remove_options, .call = *call, .kill = opts.force), error);
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args + 1, count - 1, "job", "removed", remove_one);
}

const command JOB_COMMANDS[] = {
    {.name = "job start",
     .aliases = "job run",
     .arguments = "BOX [--] COMMAND...",
     .summary = "Start a command that outlives the connection; prints the id of the job",
     .details =
         "A job belongs to its box: it goes on when boxctl or the network ends. Its output and its exit "
         "code are kept in the box until `boxctl job rm`. With --id the start can be repeated, also by "
         "another program: the job runs once. While the box is suspended, the job stands still: `boxctl "
         "timeout` shows and sets when a box suspends itself.",
     .examples = "boxctl job start --id build web -- make -j8\n"
                 "boxctl job logs -f web build\n"
                 "boxctl job wait web build && boxctl job rm web build",
     .options = START_OPTIONS,
     .verbatim = true,
     .run = run_start},
    {.name = "job ls",
     .aliases = "jobs",
     .arguments = "BOX",
     .summary = "List the jobs of a box",
     .details =
         "Jobs are kept in their box: there is no list of the jobs of all boxes, and to list the jobs of a "
         "suspended box wakes the box.",
     .examples = "for box in $(boxctl ls -q); do boxctl job ls \"$box\"; done",
     .opens = OPENS_BOX,
     .run = run_ls},
    {.name = "job show",
     .arguments = "BOX ID",
     .summary = "Show the status of a job, its exit code and times",
     .opens = OPENS_BOX,
     .run = run_show},
    {.name = "job wait",
     .arguments = "BOX ID",
     .summary = "Wait for the end of a job; the exit code is that of the job",
     .details =
         "125 means that boxctl itself failed, or that the job has no exit code (its box was rebooted). "
         "If boxctl is interrupted, the job goes on. A job that was started with -i and reads its input to "
         "the end waits for `boxctl job write --eof`.",
     .returns_box_code = true,
     .opens = OPENS_BOX,
     .run = run_wait},
    {.name = "job logs",
     .arguments = "BOX ID",
     .summary = "Print the output of a job, from its start or the last lines",
     .details = "Standard output and standard error of the job are printed to those of boxctl; the order "
                "between the two is not known. A lost connection does not end -f.",
     .options = JOB_LOGS_OPTIONS,
     .opens = OPENS_BOX,
     .run = job_run_logs},
    {.name = "job write",
     .arguments = "BOX ID",
     .summary = "Copy standard input to the input of a job that was started with -i",
     .details =
         "Standard input is read to its end: on a terminal, until Ctrl-D. With --eof the input of the job "
         "ends, too; to end it without writing, use --eof with </dev/null.",
     .examples = "boxctl job write --eof web import <data.sql\n"
                 "boxctl job write --eof web import </dev/null",
     .options = JOB_WRITE_OPTIONS,
     .opens = OPENS_BOX,
     .run = job_run_write},
    {.name = "job signal",
     .aliases = "job kill,job stop",
     .arguments = "BOX ID [SIGNAL]",
     .summary = "Send a signal to the processes of a job (default: TERM)",
     .details =
         "SIGNAL is a name, with or without SIG, or a number from 1 to 64. Common names: TERM (end; a "
         "program may clean up first), INT (as Ctrl-C), HUP, QUIT, KILL (end at once), USR1, USR2, STOP "
         "and CONT.",
     .examples = "boxctl job signal web build\n"
                 "boxctl job signal web build KILL",
     .opens = OPENS_BOX,
     .run = run_signal},
    {.name = "job rm",
     .arguments = "BOX ID...",
     .summary = "Remove jobs that have ended, with their output",
     .options = RM_OPTIONS,
     .opens = OPENS_BOX,
     .run = run_rm},
    {0},
};
