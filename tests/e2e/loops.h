/*
 * loops.h: the loops of the loop tests, with their attach functions. Qt is among them if its adapter is
 * built.
 */
#ifndef E2E_LOOPS_H
#define E2E_LOOPS_H

#include "loops/loop_kind.h"
#include "manual_dispatch.h"

/* Plain epoll and poll, and the loops with an adapter. */
#define LOOP_ONE_MORE(name, NAME) +1
enum { LOOP_COUNT = 2 LOOP_ADAPTERS(LOOP_ONE_MORE) };

typedef struct loop_row {
    const loop_kind *kind;
    boxd_status (*attach)(boxd_compute *c, void *handle, boxd_error *error);
} loop_row;

extern const loop_row LOOPS[LOOP_COUNT];

/* Call this on the main thread before a loop is opened on another one: Qt wants its main thread. */
void loops_prepare(void);

/* Attaches the client to a loop of the kind; `loop` NULL: passes NULL to the attach function. */
boxd_status loops_attach(const loop_kind *kind, boxd_compute *c, void *loop, boxd_error *error);

/* The same; fails the test if it fails. */
void loops_must_attach(const loop_kind *k, boxd_compute *c, void *loop);

/* Runs the loop until `counter` is `count`. */
void loops_drive(const loop_kind *k, void *loop, const atomic_int *counter, int count);

/* Runs the loop until all of its clients have ended, and closes it. */
void loops_drain(const loop_kind *k, void *loop);

/* Closes the client, and the loop when the client has ended. Checks that all callbacks ran on this thread. */
void loops_close(const loop_kind *k, void *loop, boxd_compute *c, tally *t);

/* A test case that runs `test` once for each row of LOOPS. */
void loops_add(Suite *suite, const TTest *test);

#endif
