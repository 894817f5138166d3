/*
 * manual_dispatch.h: calls of clients with manual dispatch, for tests of where and when callbacks run.
 */
#ifndef E2E_MANUAL_DISPATCH_H
#define E2E_MANUAL_DISPATCH_H

#include "e2e.h"

#include <pthread.h>
#include <stdatomic.h>

/* The counters of the callbacks. */
typedef struct tally {
    /* The thread on which the callbacks must run. */
    pthread_t thread;
    atomic_int calls, elsewhere, closed;
    /* NULL, or a function that the first callback calls after counting itself. */
    void (*then)(struct tally *t);
    /* Data for then(). */
    boxd_compute *client;
    /* More data for then(). */
    void *data;
} tally;

/* A client with manual dispatch. */
boxd_compute *manual_open(void);

/* The callbacks; their user data is the tally. */
void manual_on_call(boxd_identity *who, const boxd_error *error, void *data);
void manual_on_closed(boxd_status status, const boxd_error *error, void *data);

/* A call that the emulator answers. */
void manual_submit(boxd_compute *c, tally *t);

/* Calls that end before they begin: when this function returns, all their callbacks wait for the dispatch.
 */
void manual_make(boxd_compute *c, int count, tally *t);

/* Whether the descriptor of the client is readable; waits at most this long (-1: until it is). */
bool manual_readable(const boxd_compute *c, int timeout_ms);

#endif
