/*
 * concurrent_execs.h: very many commands at once on one client: whether all run, on how many connections,
 * and the cost.
 */
#ifndef BENCH_CONCURRENT_EXECS_H
#define BENCH_CONCURRENT_EXECS_H

#include <boxd/boxd.h>

typedef struct concurrent_execs_figures {
    /* Commands that ran at the same time. */
    int execs;
    /* Connections that were open then. */
    int connections;
    /* Resident memory for each command, at the peak. */
    double bytes;
    /* From the first submission to the last end, without the time in which the commands sleep. */
    double seconds_ahead;
} concurrent_execs_figures;

/* Runs `execs` commands that sleep, all at once, in a box of its own. False: a command failed, or waited for
 * another one to end; the error was printed to standard error. */
bool concurrent_execs_run(boxd_compute *compute, int execs, concurrent_execs_figures *out);

#endif
