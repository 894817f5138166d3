/* job_case.c: shared by the tests of jobs. Each call runs on the surface of the running test. */
#include "job_case.h"

#include <stdio.h>

boxd_job *job_must_start(boxd_box *box, const char *line, const boxd_job_start_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = on->job_start_shell(box, line, options, &error);
    e2e_ok(job, error);
    return job;
}

void job_start_line(boxd_box *box, const char *id, const char *line)
{
    boxd_job_free(job_must_start(box, line, BOXD_OPTIONS(boxd_job_start_options, .id = id)));
}

boxd_job *job_wait_for(boxd_box *box, const char *id)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job *job = on->job_wait(box, id, NULL, &error);
    e2e_ok(job, error);
    ck_assert_str_eq(job->id, id);
    return job;
}

/* Waits for a job that ends with `code`. */
void job_expect_exit(boxd_box *box, const char *id, int code)
{
    boxd_job *job = job_wait_for(box, id);
    ck_assert_int_eq((int)job->state, (int)BOXD_JOB_EXITED);
    ck_assert(job->has_exit_code && job->ended_at_ms >= job->started_at_ms);
    ck_assert_int_eq(job->exit_code, code);
    boxd_job_free(job);
}

void job_expect_text(boxd_box *box, const char *line, const char *text)
{
    boxd_exec_result *result = e2e_run(box, line);
    ck_assert_str_eq(result->out.data, text);
    boxd_exec_result_free(result);
}

void job_inject(const char *fields)
{
    char json[256];
    (void)snprintf(json, sizeof json, "{\"rpc\":\"Exec\",%s,\"count\":1}", fields);
    emulator_fault(&emulator, json);
}
