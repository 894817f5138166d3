/*
 * Ctrl-C for the examples: SIGINT and SIGTERM as a descriptor and a cancel token. There is no signal handler:
 * a token must not be fired in one, and the library installs none either.
 */
#ifndef BOXD_EXAMPLES_INTERRUPT_H
#define BOXD_EXAMPLES_INTERRUPT_H

#include <boxd/call.h>

#include <pthread.h>

typedef struct interrupt {
    int fd; /* readable from the first signal on, for good: nobody reads it, so all may wait for it */
    boxd_cancel_token *stop; /* for the calls that are to end then; a program with a loop fires it itself */
    pthread_t watcher;
    bool watched;
} interrupt;

/* Blocks both signals for this thread and for those that it starts from now on: call it first. False: it
 * failed, and said so. */
bool interrupt_open(interrupt *i);

/* For programs without a loop: starts a thread that fires `stop` at the first signal. As interrupt_open(). */
bool interrupt_watch(interrupt *i);

void interrupt_close(interrupt *i);

#endif
