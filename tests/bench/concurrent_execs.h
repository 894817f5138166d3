/*
 * concurrent_execs.h: very many commands at once on one client: do all run, on how many connections, at what
 * cost.
 */
#ifndef BENCH_CONCURRENT_EXECS_H
#define BENCH_CONCURRENT_EXECS_H

#include <boxd/boxd.h>

typedef struct concurrent_execs_figures {
    /* That ran at the same time. */
    int execs;
    /* Open then. */
    int connections;
    /* Of resident memory, for each, at the peak. */
    double bytes;
    /* From the first submission to the last end, without the commands' own time. */
    double seconds_ahead;
} concurrent_execs_figures;

/* Runs `execs` commands that sleep, all at once, in a box of its own. False: one failed, or waited for
 * another to end, and it was said on standard error. */
bool concurrent_execs_run(boxd_compute *compute, int execs, concurrent_execs_figures *out);

#endif
