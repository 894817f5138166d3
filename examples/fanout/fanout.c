/* The jobs of the fan-out example and their results: the part that both programs share. Called by the
 * drivers, on one thread at a time. */
#include "fanout.h"

#include <stdio.h>
#include <stdlib.h>

/* boxd_box_find() finds the boxes by this label */
static const char *const labels[] = {"example=fanout", NULL};

const boxd_box_create_options fanout_box = {.size = sizeof fanout_box, .labels = labels};

static bool parse_number(const char *text, int *value)
{
    char *end = NULL;
    const long parsed = strtol(text, &end, 10);
    *value = (int)parsed;
    return end != text && *end == '\0' && parsed > 0 && parsed <= 100000;
}

bool fanout_init(fanout *f, int argc, char **argv, boxd_cancel_token *stop)
{
    *f = (fanout){.count = 100, .max_parallel = 10, .stop = stop, .exec = BOXD_EXEC_OPTIONS_INIT};
    if (argc > 3 || (argc > 1 && !parse_number(argv[1], &f->count)) ||
        (argc > 2 && !parse_number(argv[2], &f->max_parallel))) {
        (void)fprintf(stderr, "usage: %s [BOXES [PARALLEL]]\n", argv[0]);
        return false;
    }
    if (f->max_parallel > f->count)
        f->max_parallel = f->count;
    f->exec.call.timeout_ms = 60000;
    f->exec.call.cancel = stop;
    f->exec.out = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = 64}; /* the output is one number */
    f->jobs = calloc((size_t)f->count, sizeof *f->jobs);
    if (!f->jobs)
        perror(argv[0]);
    return f->jobs;
}

fanout_job *fanout_next(fanout *f)
{
    if (f->started == f->count || boxd_cancel_token_is_cancelled(f->stop))
        return NULL;
    fanout_job *job = &f->jobs[f->started++];
    job->number = f->started;
    (void)snprintf(job->script, sizeof job->script, "echo $((%d * %d))", job->number, job->number);
    job->command[0] = "sh", job->command[1] = "-c", job->command[2] = job->script;
    return job;
}

void fanout_set_result(fanout_job *job, const boxd_exec_result *result, const boxd_error *error)
{
    if (!result) {
        fanout_set_failed(job, error);
        return;
    }
    job->succeeded = result->success;
    job->failed = !result->success;
    job->value = strtol(result->out.data, NULL, 10); /* the data is followed by a NUL */
    if (job->failed)
        (void)fprintf(stderr, "job %d: exit code %d: %s\n", job->number, result->exit_code, result->err.data);
}

void fanout_set_failed(fanout_job *job, const boxd_error *error)
{
    job->failed = true;
    (void)fprintf(stderr, "job %d: %s: %s\n", job->number, boxd_status_name(error->status), error->message);
}

int fanout_finish(fanout *f)
{
    int succeeded = 0, failed = 0;
    long sum = 0;
    for (int i = 0; i < f->started; i++) {
        succeeded += f->jobs[i].succeeded;
        failed += f->jobs[i].failed;
        sum += f->jobs[i].value;
    }
    printf("%d boxes: %d results, sum %ld; %d failed, %d not started\n", f->count, succeeded, sum, failed,
           f->count - f->started);
    free(f->jobs);
    return succeeded == f->count && failed == 0 ? 0 : 1;
}
