/* Starts a job: for `job start` and `exec --detach`. */
#include "run/job.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

enum { ID_SIZE = 48 };

/* Makes an id that people recognise: the name of the program, and eight digits. It is made here, so that it
 * is known if the answer of the service is lost. */
static void make_id(const char *program, char id[ID_SIZE])
{
    const char *slash = strrchr(program, '/');
    uint32_t number = 0;
    size_t length = 0;
    for (const char *at = slash ? slash + 1 : program; *at && *at != ' ' && length < ID_SIZE - 16; at++)
        if (isascii((unsigned char)*at) &&
            (isalnum((unsigned char)*at) || (length > 0 && strchr("._-", *at))))
            id[length++] = *at;
    (void)getrandom(&number, sizeof number, 0); /* does not fail for so few bytes */
    snprintf(id + length, ID_SIZE - length, "%s%08x", length > 0 ? "-" : "job-", number);
}

static const char *state_name(boxd_job_state state)
{
    static const char *const NAMES[] = {"unknown", "running", "exited", "lost", "rebooted"};
    return (size_t)state < sizeof NAMES / sizeof *NAMES ? NAMES[state] : NAMES[0];
}

json_t *job_json(const boxd_job *job)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", json_text(job->id),
                     "command", json_text(job->command), "status", state_name(job->state), "exit_code",
                     job->has_exit_code ? json_integer(job->exit_code) : json_null(), "timed_out",
                     job->timed_out, "pid", job->pid ? json_integer(job->pid) : json_null(), "started_at_ms",
                     json_time(job->started_at_ms), "ended_at_ms", json_time(job->ended_at_ms),
                     "stdout_bytes", json_number(job->out_bytes), "stderr_bytes", json_number(job->err_bytes),
                     "stdout_dropped_bytes", json_number(job->out_dropped_bytes), "stderr_dropped_bytes",
                     json_number(job->err_dropped_bytes));
}

int job_report(const cli *c, const char *box, const char *id, const boxd_error *error)
{
    const int code = cli_report(c, error);
    if (error->status == BOXD_ERR_TIMEOUT || interrupted_by())
        cli_note(c, "the job goes on; see `boxctl job show %s %s`", box, id);
    return code;
}

/* Prints why a start failed, and how it can be repeated. */
static int report_start(const cli *c, const char *id, const boxd_error *error)
{
    const int code = cli_report(c, error);
    if (error->sent != BOXD_SENT_NO &&
        (error->status == BOXD_ERR_TIMEOUT || error->status == BOXD_ERR_CONNECTION || interrupted_by()))
        cli_note(c,
                 "the job may have started: `boxctl job start --id %s` with the same options and command "
                 "finds it, or starts it",
                 id);
    return code;
}

int job_start(const cli *c, char **argv, const job_settings *settings)
{
    char made[ID_SIZE];
    boxd_error error = BOXD_ERROR_INIT;
    make_id(argv[0], made);
    const char *id = settings->id ? settings->id : made;
    boxd_job *job = boxd_job_start(
        c->box, boxd_argv(argv),
        BOXD_OPTIONS(boxd_job_start_options, .call = cli_call(c), .id = id,
                     .env = settings->env ? boxd_argv(settings->env) : NULL, .cwd = settings->dir,
                     .input = settings->input, .run_timeout_ms = settings->run_timeout_ms,
                     .kill_after_ms = settings->kill_after_ms, .keep_bytes = settings->keep_bytes),
        &error);
    if (!job)
        return report_start(c, id, &error);
    if (!job->started)
        cli_note(c, "job %s exists, and was not started again (%s)", id, state_name(job->state));
    json_t *object = job_json(job);
    json_put(object, "started", json_boolean(job->started));
    boxd_job_free(job);
    if (settings->id)
        output_after_action();
    else
        output_after_making(JOB_ID, id);
    return print_word(c, object, id);
}
