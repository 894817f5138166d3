/*
 * interrupt.h: Ctrl-C for the examples. SIGINT and SIGTERM make a file descriptor readable, which fires a
 * cancel token. There is no signal handler: a cancel token must not be fired in one.
 */
#ifndef BOXD_EXAMPLES_INTERRUPT_H
#define BOXD_EXAMPLES_INTERRUPT_H

#include <boxd/call.h>

typedef struct interrupt {
    /* Readable from the first signal on. No thread reads it, so it stays readable for every thread that waits
     * for it. */
    int fd;
    /* For the calls that a signal shall end: fired with the first signal. */
    boxd_cancel_token *stop;
} interrupt;

/* Blocks both signals in this thread and in all threads that it starts later: call it first. False: it failed
 * and has printed the reason. */
bool interrupt_open(interrupt *i);

void interrupt_close(interrupt *i);

#endif
