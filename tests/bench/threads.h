/*
 * threads.h: the same loop on several threads.
 */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include "contestant.h"

/* Runs `loop` on `threads` threads, each with its part of `calls`, and returns the sum of their results. A
 * single loop runs on the calling thread. */
long on_threads(const load *l, long (*loop)(const load *));

#endif
