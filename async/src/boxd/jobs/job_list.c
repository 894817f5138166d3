/* job_list.c: lists the jobs of a box. Submitted on any thread; replies are mapped on the core thread. */
#include "boxd/jobs/job_call.h"
#include "errors.h"
#include "mem.h"

#include <boxd/aio/job.h>

static void add_words(const job_call *c, text *words)
{
    (void)c;
    text_add(words, "list");
}

static size_t count_lines(const job_reply *reply)
{
    size_t count = 0;
    for (const char *at = reply->at; at < reply->end; at++)
        count += *at == '\n';
    return count;
}

/* Reads all lines into `fields`, and sets the pointers to them. */
static bool read_jobs(job_reply *reply, job_fields *fields, job_fields **pointers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &fields[i];
        if (!job_reply_job(reply, &fields[i]))
            return false;
    }
    return job_reply_is_over(reply);
}

static bool take_reply(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    void *jobs = NULL;
    const size_t count = count_lines(reply);
    job_fields *fields = mem_calloc(count + 1, sizeof *fields);
    job_fields **pointers = mem_calloc(count + 1, sizeof(void *));
    (void)from;
    if (!fields || !pointers)
        error_no_memory(error, "listing jobs");
    else if (!read_jobs(reply, fields, pointers, count))
        job_malformed(error);
    else
        jobs = record_list(count, sizeof(boxd_job), pointers, job_fill, NULL, error);
    mem_free(fields);
    mem_free(pointers);
    request_set_result(&c->request, jobs);
    return jobs != NULL;
}

static const job_operation LIST = {
    .doing = "listing", .repeats = true, .add_words = add_words, .take_reply = take_reply};

void boxd_jobs_free(boxd_jobs *jobs)
{
    record_free(jobs);
}

RESULT_TYPE(RESULT_JOBS, boxd_jobs_cb, record_free);

void boxd_aio_job_list(boxd_box *box, const boxd_call_options *call, boxd_jobs_cb callback, void *user_data)
{
    job_call *c = job_call_new(sizeof *c, &(job_setup){.box = box,
                                                       .operation = &LIST,
                                                       .call = call,
                                                       .sink = SINK(RESULT_JOBS, callback, user_data)});
    if (c)
        request_submit(&c->request);
}
