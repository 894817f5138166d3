/* job.c: the state of jobs. Submitted on any thread; replies are mapped on the core thread. */
#include "boxd/job/job_call.h"
#include "options.h"

#include <boxd/aio/job.h>

#include <stdio.h>

/* How long the command in the box waits; the library then sends the next one. */
#define BOX_WAIT_MS 15000

/* ---- get ---- */

static void add_get(const job_call *c, text *words)
{
    text_add(words, "get ");
    text_add(words, c->id);
}

static const job_operation GET = {
    .doing = "getting", .repeats = true, .add_words = add_get, .take_reply = job_take_one};

static void submit(boxd_box *box, const char *id, const job_operation *operation, int64_t default_timeout_ms,
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

void boxd_aio_job_get(boxd_box *box, const char *id, const boxd_call_options *call, boxd_job_cb callback,
                      void *user_data)
{
    submit(box, id, &GET, 0, call, SINK(RESULT_JOB, callback, user_data));
}

/* ---- wait ---- */

static void add_wait(const job_call *c, text *words)
{
    char ticks[32];
    text_add(words, "wait ");
    text_add(words, c->id);
    (void)snprintf(ticks, sizeof ticks, " %d", BOX_WAIT_MS / 100);
    text_add(words, ticks);
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
                                   .box_wait_ms = 2 * BOX_WAIT_MS,
                                   .add_words = add_wait,
                                   .take_reply = take_waited};

void boxd_aio_job_wait(boxd_box *box, const char *id, const boxd_call_options *call, boxd_job_cb callback,
                       void *user_data)
{
    submit(box, id, &WAIT, BOXD_NO_TIMEOUT, call, SINK(RESULT_JOB, callback, user_data));
}
