/*
 * Fan-out: creates boxes, runs a command in each box and destroys it, at most PARALLEL boxes at a time.
 * Prints the sum of the numbers that the commands print.
 *
 *     fanout_sync [BOXES [PARALLEL]]      default: 100 boxes, at most 10 at a time
 *     fanout_async [BOXES [PARALLEL]]
 *
 * This part is shared by both programs: which jobs there are, and what their results were. It makes no calls.
 * fanout_sync.c has PARALLEL threads, each of which does one job after the other; fanout_async.c has one
 * thread and PARALLEL chains of callbacks. Ctrl-C ends the commands, but every box is destroyed: only the
 * commands get the cancel token.
 */
#ifndef BOXD_EXAMPLES_FANOUT_H
#define BOXD_EXAMPLES_FANOUT_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

typedef struct fanout_job {
    /* 1, 2, ... */
    int number;
    char script[48];
    /* the command to run in the box */
    const char *command[4];
    /* used by the driver only */
    boxd_box *box;
    bool succeeded, failed;
    long value;
} fanout_job;

typedef struct fanout {
    int count, max_parallel, started;
    boxd_cancel_token *stop;
    /* for each command */
    boxd_exec_options exec;
    fanout_job *jobs;
} fanout;

/* The options for each box. */
extern const boxd_box_create_options fanout_box;

/* Reads the command line. False: it is wrong, or memory ran out; the error was printed. */
bool fanout_init(fanout *f, int argc, char **argv, boxd_cancel_token *stop);

/* The next job. NULL: all jobs were started, or `stop` was fired. One thread at a time. */
fanout_job *fanout_next(fanout *f);

/* Stores the result of a job's command. If `result` is NULL the command failed with `error`. */
void fanout_set_result(fanout_job *job, const boxd_exec_result *result, const boxd_error *error);

/* Marks a job as failed: creating or destroying its box failed with `error`. */
void fanout_set_failed(fanout_job *job, const boxd_error *error);

/* Prints the sum, frees the jobs, and returns the exit code of the program. */
int fanout_finish(fanout *f);

#endif
