/*
 * workers.h: the small pool of threads where blocking work runs (making sandboxes, file access, fork).
 */
#ifndef EMULATOR_BASE_WORKERS_H
#define EMULATOR_BASE_WORKERS_H

#include "base/loop.h"

typedef struct job {
    loop_item item;                /* private: queue link, then the way back */
    void (*work)(struct job *job); /* on a worker */
    void (*done)(struct job *job); /* then on the core thread */
} job;

int workers_start(unsigned count); /* 0 or an errno value */
void workers_stop(void);           /* finishes what is queued, joins */
void workers_submit(job *work);    /* core thread */

#endif
