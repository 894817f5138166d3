/*
 * job_call.c: the attempts of a request to the jobs of a box. Called by the functions of this folder, to
 * submit on any thread; the rest runs on the core thread.
 */
#include "boxd/jobs/job_call.h"

#include "boxd/client/box.h"
#include "core/backoff.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"
#include "record.h"

#include <boxd/aio/exec.h>
#include <boxd/aio/job.h>

#include <string.h>

/* The timeout of an attempt: without the time that its command waits in the box, and for a connection that
 * transfers 16 bytes in a millisecond. */
#define ATTEMPT_TIMEOUT_MS 20000
#define SLOWEST_BYTES_PER_MS 16
#define FIRST_PAUSE_MS 100
#define MAX_PAUSE_MS 3000
/* A call without a timeout ends when it has failed for so long. */
#define FAILING_FOR_MS 60000
/* More than the largest piece of output. */
#define MAX_REPLY_BYTES ((size_t)32 << 20)

/* ---- errors ---- */

/* Ends the call in `error`, which is about an attempt: what it says of a command is not about the job. */
static void finish_failed(job_call *c, const boxd_error *error)
{
    boxd_error own = *error;
    own.command = BOXD_COMMAND_NONE;
    own.has_exit_code = own.exit_confirmed = false;
    own.exit_code = 0;
    own.in_bytes = c->arrived_bytes;
    own.out_bytes = own.err_bytes = 0;
    if (c->may_have_effect && own.sent == BOXD_SENT_NO)
        own.sent = BOXD_SENT_UNKNOWN;
    error_prefix(&own, "%s %s", c->operation->doing, c->request.subject);
    request_finish(&c->request, &own);
}

static void finish_stopped(job_call *c)
{
    boxd_error error;
    request_stop_error(&c->request, c->operation->doing,
                       c->may_have_effect ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO, &error);
    error.in_bytes = c->arrived_bytes;
    if (c->operation->repeats && error.status == BOXD_ERR_TIMEOUT)
        error.retryable = true;
    if (c->failures > 0)
        error_append(&error, "; the last attempt failed: %s", c->last.message);
    request_finish(&c->request, &error);
}

/* Whether an attempt that ended in `error` is followed by another one. */
static bool may_repeat(const job_call *c, const boxd_error *error)
{
    switch (error->status) {
    case BOXD_ERR_CONNECTION:
    case BOXD_ERR_INTERNAL:
    case BOXD_ERR_TIMEOUT:
    case BOXD_ERR_NO_EXIT_STATUS:
    case BOXD_ERR_INCOMPLETE:
        return c->operation->repeats || error->sent == BOXD_SENT_NO;
    default:
        return false;
    }
}

/* ---- attempts ---- */

static void send_request(job_call *c);

static void on_pause(timer *t)
{
    send_request(CONTAINER_OF(t, job_call, pause));
}

static void fail(job_call *c, const boxd_error *error)
{
    const int64_t now = clock_now();
    if (c->failures == 0)
        c->failing_since_ns = now;
    const bool patient = now - c->failing_since_ns < FAILING_FOR_MS * NS_PER_MS;
    if (!may_repeat(c, error) || !patient) {
        finish_failed(c, error);
        return;
    }
    c->last = *error;
    const int64_t pause = backoff_ms(&c->random, FIRST_PAUSE_MS, MAX_PAUSE_MS, c->failures++);
    loop_timer_set(&c->request.compute->core.loop, &c->pause, clock_after_ms(pause), on_pause);
}

/* The error for an error line of job.sh. */
static void reply_error(const char *kind, const char *message, boxd_error *error)
{
    static const struct {
        const char *kind;
        boxd_status status;
        const char *message;
    } errors[] = {
        {"ended", BOXD_ERR_FAILED_PRECONDITION, "the command of the job has ended"},
        {"closed", BOXD_ERR_FAILED_PRECONDITION, "the input of the job is closed"},
        {"offset", BOXD_ERR_FAILED_PRECONDITION,
         "offset is beyond the end of the input that has arrived; first write the bytes between them, or use "
         "that end as offset"},
        {"input", BOXD_ERR_FAILED_PRECONDITION, "the job was started without `input`"},
        {"running", BOXD_ERR_FAILED_PRECONDITION,
         "the job runs; end it with boxd_job_signal(), or set `kill`"},
        {"busy", BOXD_ERR_FAILED, "the job still runs 10 s after SIGKILL"},
        {"signal", BOXD_ERR_INVALID_ARGUMENT, "the box cannot send the signal"},
        {"missing", BOXD_ERR_NOT_FOUND, "the box has no such job; boxd_job_list() shows all jobs"},
        {"storage", BOXD_ERR_FAILED, "the box cannot store the job"},
        {"incomplete", BOXD_ERR_INCOMPLETE, "the box has received a part of the request only"},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(kind, errors[i].kind) == 0) {
            error_set_sent(error, errors[i].status, BOXD_SENT_YES, "%s%s%s", errors[i].message,
                           *message ? ": " : "", message);
            return;
        }
    error_set_sent(error, BOXD_ERR_FAILED, BOXD_SENT_YES, "the box reports \"%s\" %s", kind, message);
}

void job_malformed(boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                   "the answer of the box is not that of a job; another program wrote to the output of `sh`");
}

/* Sets the error of a command in the box that ended in another way than job.sh ends. */
static void command_error(const boxd_exec_result *result, boxd_error *error)
{
    if (result->exit_code == 0)
        error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES, "the answer of the box is not complete");
    else
        error_set_sent(error, BOXD_ERR_FAILED, BOXD_SENT_YES, "the `sh` of the box ended with code %d: %s",
                       result->exit_code, result->err.data);
}

/* An earlier attempt has removed the job. */
static bool was_removed(const job_call *c, const char *kind, bool repeated)
{
    return repeated && c->operation->removes && strcmp(kind, "missing") == 0;
}

static void take_result(job_call *c, boxd_exec_result *result, bool repeated)
{
    job_reply reply;
    char *kind, *message;
    boxd_error error = BOXD_ERROR_INIT;
    if (result->exit_code != 0 || !job_reply_begin(&reply, (char *)result->out.data, result->out.size)) {
        command_error(result, &error);
        fail(c, &error);
    } else if (job_reply_error(&reply, &kind, &message)) {
        reply_error(kind, message, &error);
        if (was_removed(c, kind, repeated))
            request_finish(&c->request, NULL);
        else
            fail(c, &error);
    } else if (c->operation->take_reply(c, &reply, result, &error)) {
        request_finish(&c->request, NULL);
    } else if (error.status != BOXD_OK) {
        finish_failed(c, &error);
    } else {
        c->failures = 0;
        send_request(c);
    }
}

static void on_result(boxd_exec_result *result, const boxd_error *error, void *data)
{
    job_call *c = data;
    const bool repeated = c->may_have_effect;
    step_over(&c->request);
    if (result || error->sent != BOXD_SENT_NO)
        c->may_have_effect = true;
    if (request_stopping(&c->request) && !result)
        finish_stopped(c);
    else if (result)
        take_result(c, result, repeated);
    else
        fail(c, error);
    boxd_exec_result_free(result);
}

static int64_t attempt_timeout_ms(const job_call *c)
{
    const size_t bytes = c->input_size + c->output_size;
    return ATTEMPT_TIMEOUT_MS + c->operation->box_wait_ms + (int64_t)(bytes / SLOWEST_BYTES_PER_MS);
}

static void send_request(job_call *c)
{
    text words = TEXT_INIT;
    boxd_error error;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    if (request_stopping(&c->request)) {
        finish_stopped(c);
        return;
    }
    c->attempts++;
    c->operation->add_words(c, &words);
    char *call = text_take(&words);
    char *line = call ? job_line(call) : NULL;
    mem_free(call);
    if (line && step_begin(&c->request, &options.call)) {
        options.call.timeout_ms = attempt_timeout_ms(c);
        options.max_output_bytes = MAX_REPLY_BYTES;
        if (c->input)
            options.in = (boxd_input){.mode = BOXD_INPUT_BYTES, .data = c->input, .data_size = c->input_size};
        boxd_aio_box_exec_shell(c->request.box, line, &options, on_result, c);
        step_submitted(&c->request);
    } else {
        error_no_memory(&error, "sending a request to a job");
        finish_failed(c, &error);
    }
    mem_free(line);
}

/* ---- the operation ---- */

static void begin(request *r)
{
    send_request(job_call_of(r));
}

static void stop(request *r)
{
    job_call *c = job_call_of(r);
    loop_timer_clear(&r->compute->core.loop, &c->pause);
    finish_stopped(c);
}

static void destroy(request *r)
{
    job_call *c = job_call_of(r);
    if (c->operation->destroy)
        c->operation->destroy(c);
    mem_free(c->id);
}

void *job_call_new(size_t size, const job_setup *setup)
{
    static const request_kind kind = {begin, stop, NULL, destroy};
    job_call *c = request_new(size, &kind,
                              &(request_setup){.box = setup->box,
                                               .kind = setup->id ? "job" : NULL,
                                               .name = setup->id,
                                               .subject = setup->id ? NULL : "the jobs",
                                               .link = " of ",
                                               .other = box_subject(setup->box),
                                               .call = setup->call,
                                               .call_in_options = setup->call_in_options,
                                               .fault = setup->fault,
                                               .default_timeout_ms = setup->default_timeout_ms,
                                               .sink = setup->sink});
    if (!c)
        return NULL;
    c->operation = setup->operation;
    c->last = (boxd_error)BOXD_ERROR_INIT;
    unique_digits(c->token);
    c->random = (uint64_t)clock_now();
    c->id = mem_strdup(setup->id);
    if (setup->id && !c->id && request_error(&c->request)->status == BOXD_OK)
        error_no_memory(request_error(&c->request), "starting a call");
    return c;
}

void job_submit(boxd_box *box, const char *id, const job_operation *operation, int64_t default_timeout_ms,
                const boxd_call_options *call, sink callback)
{
    boxd_error error = BOXD_ERROR_INIT;
    job_check_id(id, &error);
    job_call *c = job_call_new(sizeof *c, &(job_setup){.box = box,
                                                       .id = id ? id : "",
                                                       .operation = operation,
                                                       .call = call,
                                                       .default_timeout_ms = default_timeout_ms,
                                                       .fault = &error,
                                                       .sink = callback});
    if (c)
        request_submit(&c->request);
}

/* ---- results ---- */

bool job_take_nothing(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    (void)c;
    (void)from;
    if (!job_reply_is_over(reply))
        job_malformed(error);
    return error->status == BOXD_OK;
}

static void free_job(void *job)
{
    boxd_job_free(job);
}

static void call_job(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_job_cb)callback)(result, error, user_data);
}

const result_type RESULT_JOB = {call_job, free_job};

void boxd_job_free(boxd_job *job)
{
    record_free(job);
}

void job_fill(record *r, void *to, const void *from)
{
    boxd_job *job = to;
    const job_fields *fields = from;
    job->id = record_text(r, fields->id);
    job->command = record_text(r, fields->command);
    job->state = fields->state;
    job->has_exit_code = fields->has_exit_code;
    job->timed_out = fields->timed_out;
    job->exit_code = fields->exit_code;
    job->pid = fields->pid;
    job->started_at_ms = record_ms(fields->started_s);
    job->ended_at_ms = record_ms(fields->ended_s);
    job->out_bytes = fields->out_bytes + fields->out_dropped;
    job->err_bytes = fields->err_bytes + fields->err_dropped;
    job->out_dropped_bytes = fields->out_dropped;
    job->err_dropped_bytes = fields->err_dropped;
    job->in_bytes = fields->in_bytes;
}

boxd_job *job_new(const job_fields *fields, boxd_error *error)
{
    return record_one(sizeof(boxd_job), fields, job_fill, NULL, error);
}

bool job_take_one(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    job_fields fields;
    (void)from;
    if (!job_reply_job(reply, &fields) || !job_reply_is_over(reply)) {
        job_malformed(error);
        return false;
    }
    boxd_job *job = job_new(&fields, error);
    request_set_result(&c->request, job);
    return job != NULL;
}
