/*
 * hosts.h: listing very many Drukbox hosts, against libcurl and jansson alone.
 */
#ifndef BENCH_HOSTS_H
#define BENCH_HOSTS_H

#include <stdbool.h>

typedef struct hosts_figures {
    int count;                        /* hosts in the list */
    double ratio;                     /* ours / bare, in time: lower is better */
    double ours_seconds, raw_seconds; /* for one list */
} hosts_figures;

/* Lists `count` hosts for `seconds` each way, `rounds` times, from a server of its own. False: one failed,
 * and it was said on standard error. */
bool hosts_run(int count, int rounds, double seconds, hosts_figures *out);

#endif
