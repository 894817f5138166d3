/* Runs a loop on several threads. Called by workloads. */
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct runner {
    load load;
    long (*loop)(const load *);
    pthread_t thread;
    long result;
} runner;

static void *run(void *data)
{
    runner *r = data;
    r->result = r->loop(&r->load);
    return NULL;
}

long on_threads(const load *l, long (*loop)(const load *))
{
    if (l->threads <= 1)
        return loop(l);
    runner *runners = allocate((size_t)l->threads, sizeof *runners);
    long sum = 0;
    for (long i = 0; i < l->threads; i++) {
        runners[i] = (runner){.load = *l, .loop = loop};
        runners[i].load.calls = l->calls / l->threads;
        if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
            fail("a thread", "not started");
    }
    for (long i = 0; i < l->threads; i++) {
        pthread_join(runners[i].thread, NULL);
        sum += runners[i].result;
    }
    free(runners);
    return sum;
}
