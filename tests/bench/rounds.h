/*
 * rounds.h: shared by the measurements.
 */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

enum { MAX_ROUNDS = 101 };

/* Seconds. */
double now(void);

/* Sorts `values`. */
double median(double *values, int count);

#endif
