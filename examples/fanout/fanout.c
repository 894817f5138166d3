#include "fanout.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const labels[] = {"example=fanout", NULL}; /* `boxd_box_find()` finds them by it */

const boxd_box_create_options fanout_box = {.size = sizeof fanout_box, .labels = labels};

static bool number(const char *text, int *value)
{
    char *end = NULL;
    const long parsed = strtol(text, &end, 10);
    *value = (int)parsed;
    return end != text && *end == '\0' && parsed > 0 && parsed <= 100000;
}

bool fanout_begin(fanout *f, int argc, char **argv, boxd_cancel_token *stop)
{
    *f = (fanout){.count = 100, .at_a_time = 10, .stop = stop, .exec = BOXD_EXEC_OPTIONS_INIT};
    if (argc > 3 || (argc > 1 && !number(argv[1], &f->count)) ||
        (argc > 2 && !number(argv[2], &f->at_a_time))) {
        (void)fprintf(stderr, "usage: %s [BOXES [AT_A_TIME]]\n", argv[0]);
        return false;
    }
    if (f->at_a_time > f->count)
        f->at_a_time = f->count;
    f->exec.call.timeout_ms = 60000;
    f->exec.call.cancel = stop;
    f->exec.out = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = 64}; /* it is to be one number */
    f->jobs = calloc((size_t)f->count, sizeof *f->jobs);
    if (!f->jobs)
        perror(argv[0]);
    return f->jobs;
}

fanout_job *fanout_next(fanout *f)
{
    if (f->begun == f->count || boxd_cancel_token_is_cancelled(f->stop))
        return NULL;
    fanout_job *job = &f->jobs[f->begun++];
    job->number = f->begun;
    (void)snprintf(job->script, sizeof job->script, "echo $((%d * %d))", job->number, job->number);
    job->command[0] = "sh", job->command[1] = "-c", job->command[2] = job->script;
    return job;
}

void fanout_took(fanout_job *job, const boxd_exec_result *result, const boxd_error *error)
{
    if (!result) {
        fanout_failed(job, error);
        return;
    }
    job->answered = result->success;
    job->failed = !result->success;
    job->answer = strtol(result->out.data, NULL, 10); /* a NUL stands behind the bytes */
    if (job->failed)
        (void)fprintf(stderr, "job %d: exit code %d: %s\n", job->number, result->exit_code, result->err.data);
}

void fanout_failed(fanout_job *job, const boxd_error *error)
{
    job->failed = true;
    (void)fprintf(stderr, "job %d: %s: %s\n", job->number, boxd_status_name(error->status), error->message);
}

int fanout_end(fanout *f)
{
    int answers = 0, failed = 0;
    long sum = 0;
    for (int i = 0; i < f->begun; i++) {
        answers += f->jobs[i].answered;
        failed += f->jobs[i].failed;
        sum += f->jobs[i].answer;
    }
    printf("%d boxes: %d answers, their sum %ld; %d failed, %d not begun\n", f->count, answers, sum, failed,
           f->count - f->begun);
    free(f->jobs);
    return answers == f->count && failed == 0 ? 0 : 1;
}
