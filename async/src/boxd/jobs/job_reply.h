/*
 * job_reply.h: what job.sh prints, parsed strictly: a line "boxd-job 1", one line for each job or one with an
 * error, and a line "end". Text that is cut anywhere is not complete. Pure.
 */
#ifndef BOXD_JOB_REPLY_H
#define BOXD_JOB_REPLY_H

#include <boxd/types/job.h>

/* One job. The texts point into the reply. */
typedef struct job_fields {
    char *id;
    boxd_job_state state;
    bool has_exit_code, timed_out;
    int exit_code;
    int64_t pid, started_s, ended_s;
    /* Kept and dropped bytes of output. */
    uint64_t out_bytes, err_bytes, out_dropped, err_dropped;
    /* Bytes of input that have arrived. */
    uint64_t in_bytes;
    /* In the reply of a start: the attempt that has started the job, or "other". */
    char *word;
    /* The rest of the line. */
    char *command;
} job_fields;

typedef struct job_reply {
    /* The next line, and what follows the lines. */
    char *at, *end;
} job_reply;

/* Begins to read the reply of `size` bytes, which a NUL follows. The lines are cut out of `text`. False: it
 * is not complete. */
bool job_reply_begin(job_reply *r, char *text, size_t size);

/* Reads the next line if that is an error: its kind and its text, else false. */
bool job_reply_error(job_reply *r, char **kind, char **message);

/* Reads the next line if that is a job, else false. */
bool job_reply_job(job_reply *r, job_fields *job);

/* Reads the next line if that names the attempt that has started a job: copies the name, which fits in `size`
 * bytes and consists of letters, digits, "." and "-". */
bool job_reply_attempt(job_reply *r, char *attempt, size_t size);

/* Reads the next line if that says how many bytes of input have arrived. */
bool job_reply_input(job_reply *r, uint64_t *bytes);

/* Reads the rest of the reply if that is output: `count` bytes at *data, and the size of the whole output. */
bool job_reply_data(job_reply *r, char **data, size_t *count, uint64_t *total_bytes);

/* Whether all was read. */
bool job_reply_is_over(const job_reply *r);

#endif
