/*
 * job_case.h: shared by the tests of the sentences of docs/jobs.md.
 */
#ifndef E2E_JOB_CASE_H
#define E2E_JOB_CASE_H

#include "e2e.h"

/* Starts a job; the caller frees it. */
boxd_job *job_must_start(boxd_box *box, const char *line, const boxd_job_start_options *options);

/* The same without a use for the result. */
void job_start_line(boxd_box *box, const char *id, const char *line);

/* Waits for the end of a job; the caller frees it. */
boxd_job *job_wait_for(boxd_box *box, const char *id);

/* Waits for a job, which must end with `code`. */
void job_expect_exit(boxd_box *box, const char *id, int code);

/* Runs a command, which must print `text`. */
void job_expect_text(boxd_box *box, const char *line, const char *text);

/* A fault for the next Exec. */
void job_inject(const char *fields);

#endif
