/*
 * job.h: the calls that all programs in this folder make. Creates a box, runs a command in it, prints the
 * output, destroys the box and closes the client. Everything happens in callbacks, on the loop that
 * dispatches the client.
 */
#ifndef LOOPS_JOB_H
#define LOOPS_JOB_H

#include <boxd/aio.h>

BOXD_BEGIN_DECLS /* a program may be C++ */

    typedef struct job {
    boxd_compute *client;
    boxd_box *box;
    /* or NULL; called in the last callback of the client */
    void (*on_end)(struct job *j);
    /* for on_end */
    void *loop;
    int ended, code, ticks;
    boxd_error error;
} job;

/* Opens a client with BOXD_DISPATCH_MANUAL. NULL: j->error has the reason. */
boxd_compute *job_open(job *j);

/* Prints j->error and returns the exit code of the program. For failures before job_start(). */
int job_failed(job *j);

/* Submits the first call. Its callback submits the next one, and so on until the client has closed. */
void job_start(job *j);

/* Other work of the program: a timer of the loop calls this. */
void job_tick(job *j);

/* Prints how often the timer fired and returns the exit code of the program. */
int job_finish(job *j);

BOXD_END_DECLS

#endif
