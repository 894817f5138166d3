/* job_start.c: starts jobs. Submitted on any thread; replies are mapped on the core thread. */
#include "boxd/client/command.h"
#include "boxd/jobs/job_call.h"
#include "errors.h"
#include "mem.h"
#include "options.h"
#include "printable.h"
#include "text.h"

#include <boxd/aio/job.h>

#include <stdio.h>
#include <string.h>

#define DEFAULT_KILL_AFTER_MS 5000
/* The most bytes of a command that people see. */
#define MAX_COMMENT 200
/* A thousand years. */
#define MAX_TIME_MS INT64_C(31556952000000)

typedef struct start_call {
    job_call call;
    char *specification;
    bool input;
    uint64_t keep_bytes;
    char timeout[JOB_SECONDS_SIZE], kill_after[JOB_SECONDS_SIZE];
} start_call;

/* Each attempt has a file of its own in the box: two may run at the same time. */
static void add_words(const job_call *c, text *words)
{
    const start_call *s = (const start_call *)(const void *)c;
    text_printf(words, "start %s %s.%u %zu %s %s %s %llu", c->id, c->token, c->attempts, c->input_size,
                s->timeout, s->kill_after, s->input ? "input" : "none", (unsigned long long)s->keep_bytes);
}

static bool take_reply(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    job_fields fields;
    (void)from;
    if (!job_reply_job(reply, &fields) || !job_reply_is_over(reply)) {
        job_malformed(error);
        return false;
    }
    if (strcmp(fields.word, "other") == 0) {
        error_set_sent(error, BOXD_ERR_ALREADY_EXISTS, BOXD_SENT_YES,
                       "the job exists with another command or other options; choose another id, or remove "
                       "the job with boxd_job_remove()");
        return false;
    }
    boxd_job *job = job_new(&fields, error);
    if (!job)
        return false;
    /* An earlier attempt of this call, whose answer was lost, has started the job. */
    job->started = strncmp(fields.word, c->token, strlen(c->token)) == 0;
    request_set_result(&c->request, job);
    return true;
}

static void destroy(job_call *c)
{
    mem_free_secret(((start_call *)(void *)c)->specification);
}

static const job_operation START = {.doing = "starting",
                                    .repeats = true,
                                    .add_words = add_words,
                                    .take_reply = take_reply,
                                    .destroy = destroy};

/* ---- options ---- */

static void check_time(const char *name, int64_t ms, boxd_error *error)
{
    if (error->status == BOXD_OK && (ms < 0 || ms > MAX_TIME_MS))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is %lld; give milliseconds, or 0 for the default",
                  name, (long long)ms);
}

/* The shell of the box calculates with it. */
static void check_limit(uint64_t keep_bytes, boxd_error *error)
{
    if (error->status == BOXD_OK && keep_bytes > INT64_MAX / 2)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "keep_bytes is %llu, which is no size of a file",
                  (unsigned long long)keep_bytes);
}

/* A command: the arguments; or, if `argv` is NULL, the line of a shell. */
typedef struct command {
    const char *const *argv;
    const char *shell_line;
} command;

static void add_word(text *t, const char *word)
{
    const char *quote = *word && !strpbrk(word, " \t\n") ? "" : "'";
    text_add(t, t->size > 0 ? " " : "");
    text_add(t, quote);
    text_add(t, word);
    text_add(t, quote);
}

/* Adds the command as a comment: one line, for people. */
static void add_comment(text *t, const command *of)
{
    text words = {.secret = true};
    for (size_t i = 0; of->argv && of->argv[i] && words.size < MAX_COMMENT; i++)
        add_word(&words, of->argv[i]);
    text_add(&words, of->argv ? "" : of->shell_line);
    char *all = text_take(&words);
    text_add(t, "# ");
    text_add(t, PRINTABLE(all, MAX_COMMENT));
    text_add(t, "\n");
    mem_free_secret(all);
}

/* The text that is compared with that of a job with the same id, and that `sh` runs. */
static void make_specification(start_call *s, const command *of, const char *line, boxd_error *error)
{
    text t = {.secret = true};
    text_printf(&t, "# boxd-job 1 %s %s %s %llu\n", s->timeout, s->kill_after, s->input ? "input" : "none",
                (unsigned long long)s->keep_bytes);
    add_comment(&t, of);
    text_add(&t, line);
    s->call.input_size = t.size;
    s->call.input = s->specification = text_take(&t);
    if (!s->specification)
        error_no_memory(error, "starting a job");
}

static void start(boxd_box *box, const command *of, const boxd_job_start_options *options,
                  boxd_job_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_start_options opts;
    char *line = NULL, made[UNIQUE_DIGITS_SIZE + 8];
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_job_start_options), options, &error) == BOXD_OK) {
        check_time("run_timeout_ms", opts.run_timeout_ms, &error);
        check_time("kill_after_ms", opts.kill_after_ms, &error);
        check_limit(opts.keep_bytes, &error);
    }
    if (error.status == BOXD_OK && opts.id)
        job_check_id(opts.id, &error);
    char token[UNIQUE_DIGITS_SIZE];
    unique_digits(token);
    (void)snprintf(made, sizeof made, "job-%s", token);
    if (error.status == BOXD_OK && of->argv)
        command_from_words(of->argv, opts.env, opts.cwd, true, &line, &error);
    else if (error.status == BOXD_OK)
        command_from_line(of->shell_line, opts.env, opts.cwd, &line, &error);
    start_call *s = job_call_new(sizeof *s, &(job_setup){.box = box,
                                                         .id = opts.id ? opts.id : made,
                                                         .operation = &START,
                                                         .call = &opts.call,
                                                         .call_in_options = true,
                                                         .fault = &error,
                                                         .sink = SINK(RESULT_JOB, callback, user_data)});
    if (s && line) {
        s->input = opts.input;
        s->keep_bytes = opts.keep_bytes;
        job_seconds(opts.run_timeout_ms, s->timeout);
        job_seconds(opts.kill_after_ms ? opts.kill_after_ms : DEFAULT_KILL_AFTER_MS, s->kill_after);
        make_specification(s, of, line, request_error(&s->call.request));
    }
    if (s)
        request_submit(&s->call.request);
    mem_free_secret(line);
}

void boxd_aio_job_start(boxd_box *box, const char *const *argv, const boxd_job_start_options *options,
                        boxd_job_cb callback, void *user_data)
{
    static const char *const none[] = {NULL};
    start(box, &(command){.argv = argv ? argv : none}, options, callback, user_data);
}

void boxd_aio_job_start_shell(boxd_box *box, const char *line, const boxd_job_start_options *options,
                              boxd_job_cb callback, void *user_data)
{
    start(box, &(command){.shell_line = line}, options, callback, user_data);
}
