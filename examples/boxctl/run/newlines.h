/* newlines.h: the output of a terminal in a box, for the terminal of boxctl. */
#ifndef BOXCTL_RUN_NEWLINES_H
#define BOXCTL_RUN_NEWLINES_H

#include <pthread.h>
#include <stdbool.h>

typedef struct newlines {
    /* pipe[1] takes the output */
    int pipe[2];
    pthread_t thread;
} newlines;

/* Starts to copy what is written to pipe[1] to standard output. False: errno is set. */
bool newlines_begin(newlines *n);

/* Copies the rest. Nothing else has pipe[1] open. */
void newlines_end(newlines *n);

#endif
