/* What the loops' programs have in common: a box is created, a command runs in it, its output is printed, the
 * box is destroyed and the client closed. All of it happens in callbacks, on whichever loop dispatches. */
#ifndef LOOPS_JOB_H
#define LOOPS_JOB_H

#include <boxd/aio.h>

typedef struct job {
    boxd_compute *client;
    boxd_box *box;
    void (*on_end)(struct job *j); /* the client has ended: its last callback */
    void *loop;                    /* for on_end */
    int ended, code, ticks;
    boxd_error error;
} job;

/* Opens a client whose callbacks run where it is dispatched. */
boxd_compute *job_open(job *j);

/* Nothing was started, because of j->error: says so. The program's exit code. */
int job_failed(job *j);

/* Submits the first call; the others follow in callbacks, until the client has ended. */
void job_start(job *j);

/* What else the program does meanwhile: a timer of the loop calls this. */
void job_tick(job *j);

/* The program's exit code. */
int job_finish(job *j);

#endif
