/*
 * crowd.h: very many commands at once on one client: do all run, on how many connections, at what cost.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <boxd/boxd.h>

typedef struct crowd_figures {
    int execs;            /* that ran at the same time */
    int connections;      /* open then */
    double bytes;         /* of resident memory, for each, at the peak */
    double seconds_ahead; /* from the first submission to the last end, without the commands' own time */
} crowd_figures;

/* Runs `execs` commands that sleep, all at once, in a box of its own. False: one failed, or waited for
 * another to end, and it was said on standard error. */
bool crowd_run(boxd_compute *compute, int execs, crowd_figures *out);

#endif
