/*
 * workers.h: a pool of threads for blocking work (creating sandboxes, file access, fork).
 */
#ifndef EMULATOR_BASE_WORKERS_H
#define EMULATOR_BASE_WORKERS_H

#include "base/loop.h"

typedef struct job {
    /* private */
    loop_item item;
    /* On a worker. */
    void (*work)(struct job *job);
    /* On the core thread, after `work`. */
    void (*done)(struct job *job);
} job;

int workers_start(unsigned count); /* 0 or an errno value */
void workers_stop(void);           /* finishes the queued jobs and joins the threads */
void workers_submit(job *work);    /* core thread */

#endif
