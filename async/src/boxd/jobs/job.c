/* job.c: the state of jobs. Submitted on any thread; replies are mapped on the core thread. */
#include "boxd/jobs/job_call.h"
#include "errors.h"
#include "names.h"
#include "options.h"
#include "text.h"

#include <boxd/aio/job.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- get ---- */

static void add_get(const job_call *c, text *words)
{
    text_printf(words, "get %s", c->id);
}

static const job_operation GET = {
    .doing = "getting", .repeats = true, .add_words = add_get, .take_reply = job_take_one};

void boxd_aio_job_get(boxd_box *box, const char *id, const boxd_call_options *call, boxd_job_cb callback,
                      void *user_data)
{
    job_submit(box, id, &GET, 0, call, SINK(RESULT_JOB, callback, user_data));
}

/* ---- wait ---- */

static void add_wait(const job_call *c, text *words)
{
    text_printf(words, "wait %s %d", c->id, JOB_BOX_TICKS);
}

static bool take_waited(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    if (!job_take_one(c, reply, from, error))
        return false;
    boxd_job *job = c->request.frame.result;
    if (job->state != BOXD_JOB_RUNNING)
        return true;
    request_set_result(&c->request, NULL);
    boxd_job_free(job);
    return false;
}

static const job_operation WAIT = {.doing = "waiting for",
                                   .repeats = true,
                                   .box_wait_ms = JOB_BOX_WAIT_MS,
                                   .add_words = add_wait,
                                   .take_reply = take_waited};

void boxd_aio_job_wait(boxd_box *box, const char *id, const boxd_call_options *call, boxd_job_cb callback,
                       void *user_data)
{
    job_submit(box, id, &WAIT, BOXD_NO_TIMEOUT, call, SINK(RESULT_JOB, callback, user_data));
}

/* ---- signal ---- */

typedef struct signal_call {
    job_call call;
    char signal[8];
} signal_call;

static void add_signal(const job_call *c, text *words)
{
    text_printf(words, "signal %s %s", c->id, ((const signal_call *)(const void *)c)->signal);
}

static const job_operation SIGNAL = {
    .doing = "signalling", .add_words = add_signal, .take_reply = job_take_nothing};

/* The names of POSIX, and WINCH. The numbers of Linux end at 64. */
static bool is_signal(const char *name)
{
    static const char *const NAMES[] = {"HUP",  "INT",  "QUIT", "ILL",    "TRAP", "ABRT", "BUS",  "FPE",
                                        "KILL", "USR1", "SEGV", "USR2",   "PIPE", "ALRM", "TERM", "CHLD",
                                        "CONT", "STOP", "TSTP", "TTIN",   "TTOU", "URG",  "XCPU", "XFSZ",
                                        "PROF", "POLL", "SYS",  "VTALRM", "WINCH"};
    enum { MAX_NUMBER = 64 };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(NAMES[i], name) == 0)
            return true;
    const size_t size = strspn(name, "0123456789");
    const long number = size > 0 && size <= 2 && !name[size] ? strtol(name, NULL, 10) : 0;
    return number > 0 && number <= MAX_NUMBER;
}

/* The words of a signal for `kill`: without SIG. */
static const char *check_signal(const char *signal, boxd_error *error)
{
    char shown[64];
    const char *name = signal && strncmp(signal, "SIG", 3) == 0 ? signal + 3 : signal;
    if (name && is_signal(name))
        return name;
    if (error->status == BOXD_OK)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "the signal \"%s\" is invalid; give a name (HUP, INT, QUIT, KILL, USR1, USR2, TERM, CONT, "
                  "STOP, ...) or a number from 1 to 64",
                  text_printable(signal ? signal : "", shown, sizeof shown));
    return "";
}

void boxd_aio_job_signal(boxd_box *box, const char *id, const char *signal, const boxd_call_options *call,
                         boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    job_check_id(id, &error);
    const char *name = check_signal(signal, &error);
    signal_call *s = job_call_new(sizeof *s, &(job_setup){.box = box,
                                                          .id = id ? id : "",
                                                          .operation = &SIGNAL,
                                                          .call = call,
                                                          .fault = &error,
                                                          .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!s)
        return;
    (void)snprintf(s->signal, sizeof s->signal, "%s", name);
    request_submit(&s->call.request);
}

/* ---- remove ---- */

/* A remove first asks which attempt has started the job, and then removes the job of this attempt: a remove
 * that is repeated after its effect does not remove a later job with the same id. */
typedef struct remove_call {
    job_call call;
    bool kill;
    /* From the box: the attempt that has started the job, or "-". */
    char attempt[40];
} remove_call;

static void add_identify(const job_call *c, text *words)
{
    text_printf(words, "identify %s", c->id);
}

static void add_remove(const job_call *c, text *words)
{
    const remove_call *r = (const remove_call *)(const void *)c;
    text_printf(words, "remove %s %s %s.%u %s", c->id, r->attempt, c->token, c->attempts,
                r->kill ? "kill" : "ended");
}

static const job_operation REMOVE = {.doing = "removing",
                                     .repeats = true,
                                     .removes = true,
                                     .add_words = add_remove,
                                     .take_reply = job_take_nothing};

static bool take_attempt(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    remove_call *r = (remove_call *)(void *)c;
    (void)from;
    if (!job_reply_attempt(reply, r->attempt, sizeof r->attempt) || !job_reply_is_over(reply)) {
        job_malformed(error);
        return false;
    }
    c->operation = &REMOVE;
    c->may_have_effect = false;
    return false;
}

static const job_operation IDENTIFY = {
    .doing = "removing", .repeats = true, .add_words = add_identify, .take_reply = take_attempt};

void boxd_aio_job_remove(boxd_box *box, const char *id, const boxd_job_remove_options *options,
                         boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_remove_options opts;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_job_remove_options), options, &error) == BOXD_OK)
        job_check_id(id, &error);
    remove_call *r = job_call_new(sizeof *r, &(job_setup){.box = box,
                                                          .id = id ? id : "",
                                                          .operation = &IDENTIFY,
                                                          .call = &opts.call,
                                                          .call_in_options = true,
                                                          .fault = &error,
                                                          .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!r)
        return;
    r->kill = opts.kill;
    request_submit(&r->call.request);
}
