/*
 * hosts.h: listing very many Drukbox hosts, against libcurl and jansson alone.
 */
#ifndef BENCH_HOSTS_H
#define BENCH_HOSTS_H

#include <stdbool.h>

typedef struct hosts_figures {
    /* Hosts in the list. */
    int count;
    /* Ours / bare, in time: lower is better. */
    double ratio;
    /* For one list. */
    double ours_seconds, raw_seconds;
} hosts_figures;

/* Lists `count` hosts for `seconds` each way, `rounds` times, from a server of its own. False: one failed,
 * and it was said on standard error. */
bool hosts_run(int count, int rounds, double seconds, hosts_figures *out);

#endif
