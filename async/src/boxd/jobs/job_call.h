/*
 * job_call.h: a request to the jobs of a box: a short command in the box, that is repeated while the
 * connection or the service fails, and, if the operation wants that, also afterwards.
 */
#ifndef BOXD_JOB_CALL_H
#define BOXD_JOB_CALL_H

#include "boxd/client/request.h"
#include "boxd/jobs/job_line.h"
#include "boxd/jobs/job_reply.h"
#include "core/unique_name.h"
#include "record.h"
#include "text.h"

#include <boxd/types/exec.h>

/* How long the command in the box waits for a change, in tenths of a second; the library then sends the next
 * one. And its time for that: it counts its pauses only. */
#define JOB_BOX_TICKS 150
#define JOB_BOX_WAIT_MS 45000

typedef struct job_call job_call;

typedef struct job_operation {
    /* What the call does, for messages: "starting". */
    const char *doing;
    /* Whether an attempt that may have had its effect is repeated. */
    bool repeats;
    /* The job is gone after an attempt that had its effect. */
    bool removes;
    /* How long the command in the box may wait. */
    int64_t box_wait_ms;
    /* Adds the words of the next attempt: a function of job.sh without bj_, and its arguments. */
    void (*add_words)(const job_call *c, text *words);
    /* Takes a reply, which may contain no error line. Returns whether the call has its result; else the
     * request is sent again, or, if the status of `error` was set, the call ends in it. */
    bool (*take_reply)(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error);
    /* As request_kind.destroy; or NULL. */
    void (*destroy)(job_call *c);
} job_operation;

struct job_call {
    request request;
    const job_operation *operation;
    char *id;
    /* No other call has it. */
    char token[UNIQUE_DIGITS_SIZE];
    /* The standard input of the command in the box, which the operation keeps; or NULL. */
    const char *input;
    size_t input_size;
    /* Output that the reply may have. */
    size_t output_size;
    /* Input of the job that has arrived. */
    uint64_t arrived_bytes;
    unsigned attempts;
    /* Failures since the last reply, and when they began. */
    unsigned failures;
    int64_t failing_since_ns;
    /* An attempt may have had its effect. */
    bool may_have_effect;
    uint64_t random;
    timer pause;
    boxd_error last;
};

/* The parameters of a call. */
typedef struct job_setup {
    boxd_box *box;
    /* Checked by the caller; NULL: the call is about all jobs. */
    const char *id;
    const job_operation *operation;
    const boxd_call_options *call;
    bool call_in_options;
    int64_t default_timeout_ms;
    const boxd_error *fault;
    sink sink;
} job_setup;

/* Allocates a call of `size` bytes that starts with a job_call; see request_new(). */
void *job_call_new(size_t size, const job_setup *setup);

static inline job_call *job_call_of(request *r)
{
    return (job_call *)(void *)r;
}

/* A record_fill: from job_fields to a boxd_job. */
void job_fill(record *r, void *to, const void *from);

/* Makes the result of the one job in the reply. */
boxd_job *job_new(const job_fields *fields, boxd_error *error);

/* job_operation.take_reply that has the job as its result. */
bool job_take_one(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error);

/* The same for a call without a result. */
bool job_take_nothing(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error);

/* Submits a call of `operation` on the job `id`, which is checked here. `call` may be NULL. */
void job_submit(boxd_box *box, const char *id, const job_operation *operation, int64_t default_timeout_ms,
                const boxd_call_options *call, sink callback);

/* Sets the error of a reply that is not understood. */
void job_malformed(boxd_error *error);

extern const result_type RESULT_JOB;

#endif
