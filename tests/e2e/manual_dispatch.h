/*
 * due.h: calls of clients with manual dispatch, made for tests of where and when their callbacks run.
 */
#ifndef E2E_DUE_H
#define E2E_DUE_H

#include "e2e.h"

#include <pthread.h>
#include <stdatomic.h>

/* What callbacks tell the test. */
typedef struct tally {
    pthread_t thread; /* where they are to run */
    atomic_int calls, elsewhere, closed;
    void (*then)(struct tally *t); /* NULL, or what the first call does when it has counted itself */
    boxd_compute *client;          /* for then() */
    void *data;                    /* the same */
} tally;

/* A client with manual dispatch. */
boxd_compute *due_open(void);

/* The callbacks; the user data is the tally. */
void due_on_call(boxd_identity *who, const boxd_error *error, void *data);
void due_on_closed(boxd_status status, const boxd_error *error, void *data);

/* A call that goes to the emulator and back. */
void due_submit(boxd_compute *c, tally *t);

/* Calls that end before they begin: when this returns, all their callbacks are due. */
void due_make(boxd_compute *c, int count, tally *t);

/* Whether the client's descriptor is readable; waits at most so long (-1: until it is). */
bool due_readable(const boxd_compute *c, int timeout_ms);

#endif
