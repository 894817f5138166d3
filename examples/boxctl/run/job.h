/* job.h: shared by the commands of jobs. */
#ifndef BOXCTL_RUN_JOB_H
#define BOXCTL_RUN_JOB_H

#include "cli/boxctl.h"

/* What is lost if standard output is. */
#define JOB_ID "the id of the job"

/* The options for starting a job, of `job start` and of `exec --detach`. */
typedef struct job_settings {
    /* NULL: made of the command */
    const char *id;
    /* as NAME=value, or NULL */
    char **env;
    const char *dir;
    bool input;
    /* 0: none */
    int64_t run_timeout_ms, kill_after_ms;
    uint64_t keep_bytes;
} job_settings;

/* Starts a job in c->box and prints its id. Returns the exit code. */
int job_start(const cli *c, char **argv, const job_settings *settings);

/* Prints why a call on a job failed. Returns the exit code. */
int job_report(const cli *c, const char *box, const char *id, const boxd_error *error);

/* A job as JSON. README.md documents the keys. */
json_t *job_json(const boxd_job *job);

/* The commands job logs and job write. */
int job_run_logs(cli *c, char **args, int count);
int job_run_write(cli *c, char **args, int count);
extern const option_row JOB_LOGS_OPTIONS[], JOB_WRITE_OPTIONS[];

#endif
