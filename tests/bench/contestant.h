/*
 * contestant.h: a program of the benchmark that runs workloads. The driver (bench.py) writes one request per
 * line to standard input, `WORKLOAD NAME=NUMBER ...`, and reads one JSON object per line from standard
 * output: what the workload did, how long it took, and the CPU time of the whole process meanwhile.
 */
#ifndef BENCH_CONTESTANT_H
#define BENCH_CONTESTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers of a request; the default of each is in contestant.c. */
typedef struct load {
    /* How long the workload runs; 0: until `calls` calls were made. */
    double seconds;
    /* The clock (now()) at which `seconds` are over; infinite without `seconds`. */
    double until;
    long calls, threads, in_flight, streams;
    /* Of one message, and of all messages of one stream together. */
    long message_bytes, stream_bytes;
    /* Whether callgrind writes a profile of this workload alone, under the workload's name. */
    long profile;
} load;

/* What a workload did. */
typedef struct tally {
    /* Calls, or messages of a stream. */
    long operations;
    double bytes;
} tally;

typedef struct workload {
    const char *name;
    void (*run)(const load *l, tally *t);
} workload;

/* Runs what standard input requests until its end. */
void contestant_run(const workload *workloads, size_t count);

/* Seconds of the monotonic clock. */
double now(void);

/* Whether a workload that has made `calls` calls is over. */
bool load_is_over(const load *l, long calls);

/* The number of messages of one stream. */
long load_messages(const load *l);

/* The line that the server of the benchmark takes as a command: "chunks SIZE COUNT". */
void load_command(const load *l, char *line, size_t size);

/* Prints the message to standard error and ends the program: a benchmark of failed calls is worthless. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void fail(const char *what, const char *why);

/* Reads one byte of each cache line of a received piece, as a program does that looks at its data.
 * Returns their sum. */
unsigned touch(const void *data, size_t size);

/* calloc() that ends the program when memory runs out. */
void *allocate(size_t count, size_t size);

/* An environment variable that must be set. */
const char *setting(const char *name);

#ifdef __cplusplus
}
#endif

#endif
