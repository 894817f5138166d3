/*
 * hosts.h: lists very many Drukbox hosts, compared with libcurl and jansson alone.
 */
#ifndef BENCH_HOSTS_H
#define BENCH_HOSTS_H

#include <stdbool.h>

typedef struct hosts_figures {
    /* The number of hosts in the list. */
    int count;
    /* Ours / bare, in time: lower is better. */
    double ratio;
    /* For one list. */
    double ours_seconds, raw_seconds;
} hosts_figures;

/* Lists `count` hosts for `seconds` in each way, `rounds` times, from a server of its own. False: a call
 * failed; the error was printed to standard error. */
bool hosts_run(int count, int rounds, double seconds, hosts_figures *out);

#endif
