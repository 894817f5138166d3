/* The requests of the driver, and what all contestants share. Called by main(). */
#include "contestant.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e-6;
}

void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        fail("calloc", "out of memory");
    return memory;
}

const char *setting(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        fail(name, "not set in the environment");
    return value;
}

unsigned touch(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    unsigned sum = 0;
    for (size_t i = 0; i < size; i += 64)
        sum += bytes[i];
    return sum;
}

bool load_is_over(const load *l, long calls)
{
    return l->seconds > 0 ? now() >= l->until : calls >= l->calls;
}

long load_messages(const load *l)
{
    return l->stream_bytes / l->message_bytes;
}

void load_command(const load *l, char *line, size_t size)
{
    snprintf(line, size, "chunks %ld %ld", l->message_bytes, load_messages(l));
}

/* ---- requests ---- */

static void set_number(load *l, const char *name, double value)
{
    const struct {
        const char *name;
        long *number;
    } numbers[] = {{"calls", &l->calls},
                   {"threads", &l->threads},
                   {"in_flight", &l->in_flight},
                   {"streams", &l->streams},
                   {"message_bytes", &l->message_bytes},
                   {"stream_bytes", &l->stream_bytes},
                   {"profile", &l->profile}};
    if (strcmp(name, "seconds") == 0) {
        l->seconds = value;
        return;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].number = (long)value;
            return;
        }
    fail(name, "not a number of a request");
}

static load read_numbers(char **rest)
{
    load l = {.calls = 1, .threads = 1, .in_flight = 64, .streams = 1};
    l.message_bytes = l.stream_bytes = 65536;
    char *word;
    while ((word = strtok_r(NULL, " \n", rest))) {
        char *equals = strchr(word, '=');
        if (!equals)
            fail(word, "not NAME=NUMBER");
        *equals = '\0';
        set_number(&l, word, atof(equals + 1));
    }
    return l;
}

static void measure(const workload *w, load *l)
{
    tally t = {0};
    if (l->profile) {
        CALLGRIND_ZERO_STATS;
    }
    const double start = now(), cpu = cpu_seconds();
    l->until = l->seconds > 0 ? start + l->seconds : INFINITY;
    w->run(l, &t);
    const double seconds = now() - start, cpu_used = cpu_seconds() - cpu;
    if (l->profile) {
        CALLGRIND_DUMP_STATS_AT(w->name);
    }
    printf("{\"operations\": %ld, \"bytes\": %.0f, \"seconds\": %.9f, \"cpu_seconds\": %.6f}\n", t.operations,
           t.bytes, seconds, cpu_used);
    fflush(stdout);
}

static const workload *find(const workload *workloads, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    fail(name, "no such workload");
}

void contestant_run(const workload *workloads, size_t count)
{
    char line[512], *rest;
    while (fgets(line, sizeof line, stdin)) {
        const char *name = strtok_r(line, " \n", &rest);
        if (!name)
            continue;
        const workload *w = find(workloads, count, name);
        load l = read_numbers(&rest);
        measure(w, &l);
    }
}
