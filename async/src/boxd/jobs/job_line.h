/*
 * job_line.h: the shell line of a request to the jobs of a box: the functions of job.sh, and the call of one
 * of them. Pure.
 */
#ifndef BOXD_JOB_LINE_H
#define BOXD_JOB_LINE_H

#include <boxd/error.h>

#include <stdint.h>

/* Checks an id of a job, which is also the name of its folder. */
boxd_status job_check_id(const char *id, boxd_error *error);

/* The line that calls a function of job.sh with `words`, which are not quoted. Allocated (mem_free); NULL: no
 * memory. */
char *job_line(const char *words);

/* A time for `sleep`: seconds with three decimals; "0" for 0. */
enum { JOB_SECONDS_SIZE = 32 };
void job_seconds(int64_t ms, char seconds[JOB_SECONDS_SIZE]);

#endif
