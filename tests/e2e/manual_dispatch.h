/*
 * manual_dispatch.h: calls of clients with manual dispatch, made for tests of where and when their callbacks
 * run.
 */
#ifndef E2E_MANUAL_DISPATCH_H
#define E2E_MANUAL_DISPATCH_H

#include "e2e.h"

#include <pthread.h>
#include <stdatomic.h>

/* What the callbacks counted. */
typedef struct tally {
    /* Where they are to run. */
    pthread_t thread;
    atomic_int calls, elsewhere, closed;
    /* NULL, or what the first call does when it has counted itself. */
    void (*then)(struct tally *t);
    /* For then(). */
    boxd_compute *client;
    /* For then() as well. */
    void *data;
} tally;

/* A client with manual dispatch. */
boxd_compute *manual_open(void);

/* The callbacks; the user data is the tally. */
void manual_on_call(boxd_identity *who, const boxd_error *error, void *data);
void manual_on_closed(boxd_status status, const boxd_error *error, void *data);

/* A call that goes to the emulator and back. */
void manual_submit(boxd_compute *c, tally *t);

/* Calls that end before they begin: when this returns, all their callbacks wait for the dispatch. */
void manual_make(boxd_compute *c, int count, tally *t);

/* Whether the client's descriptor is readable; waits at most so long (-1: until it is). */
bool manual_readable(const boxd_compute *c, int timeout_ms);

#endif
