/*
 * Fan-out: creates boxes, runs a command in each and destroys them, so many at a time, and adds up what the
 * commands print.
 *
 *     fanout_sync [BOXES [AT_A_TIME]]      by default 100 and 10
 *     fanout_async [BOXES [AT_A_TIME]]
 *
 * This is what the two share: what is to be done, and what became of it. It neither waits nor knows who calls
 * the service. fanout_sync.c has AT_A_TIME threads that each do one job after the other; fanout_async.c has
 * one thread and AT_A_TIME chains of callbacks. Ctrl-C ends the commands, and every box is destroyed still:
 * that is why the token is given to them alone.
 */
#ifndef BOXD_EXAMPLES_FANOUT_H
#define BOXD_EXAMPLES_FANOUT_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

typedef struct fanout_job {
    int number; /* from 1 on */
    char script[48];
    const char *command[4]; /* to run in its box */
    boxd_box *box;          /* the driver's */
    bool answered, failed;
    long answer;
} fanout_job;

typedef struct fanout {
    int count, at_a_time, begun;
    boxd_cancel_token *stop;
    boxd_exec_options exec; /* for each command */
    fanout_job *jobs;
} fanout;

/* What each box is created with. */
extern const boxd_box_create_options fanout_box;

/* Reads the command line. False: it makes no sense, or memory ran out, and that was said. */
bool fanout_begin(fanout *f, int argc, char **argv, boxd_cancel_token *stop);

/* The next job, or NULL: none is left, or `stop` was fired. One thread at a time. */
fanout_job *fanout_next(fanout *f);

/* The outcome of a job's command. `result` is NULL if it failed: then `error` says why. */
void fanout_took(fanout_job *job, const boxd_exec_result *result, const boxd_error *error);

/* Another call of the job failed. */
void fanout_failed(fanout_job *job, const boxd_error *error);

/* Prints the sum, frees the jobs, and returns the program's exit code. */
int fanout_end(fanout *f);

#endif
