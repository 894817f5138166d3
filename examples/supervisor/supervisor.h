/*
 * Supervisor: looks at boxes again and again, and starts those that have stopped, later each time; one that
 * keeps falling, or is gone, is left alone. Ctrl-C ends it. Boxes that somebody put to sleep stay so.
 *
 *     supervisor_sync INTERVAL_MS BOX...
 *     supervisor_async INTERVAL_MS BOX...
 *
 * This is what the two share: a state machine. What was seen goes in; what is to be done next, and after how
 * long, comes out. supervisor_sync.c has a thread for each box, which sleeps meanwhile; supervisor_async.c
 * has one thread, and sleeps in epoll_wait() until something happens or the next box is due.
 */
#ifndef BOXD_EXAMPLES_SUPERVISOR_H
#define BOXD_EXAMPLES_SUPERVISOR_H

#include <boxd/compute.h>
#include <boxd/types/box.h>

typedef enum supervisor_step {
    SUPERVISOR_LOOK,  /* how the box is doing */
    SUPERVISOR_START, /* it: what the last look returned */
    SUPERVISOR_LEAVE  /* no more steps */
} supervisor_step;

typedef struct supervisor_box {
    const char *name;
    supervisor_step next;
    int wait_ms;  /* before the next step */
    int troubles; /* in a row, which is what the pauses grow with: falls, and calls that failed */
    int calm;     /* looks in a row that found it running */
    int restarts;
    bool failed;
    /* The driver's: */
    boxd_box *box;
    bool busy;
    int64_t due_ms;
} supervisor_box;

typedef struct supervisor {
    int count, interval_ms;
    boxd_call_options call; /* for each call; its token is what ends the program */
    supervisor_box *boxes;
} supervisor;

/* Reads the command line. False: it makes no sense, or memory ran out, and that was said. */
bool supervisor_begin(supervisor *s, int argc, char **argv, boxd_cancel_token *stop);

/* The outcome of a look. `found` is NULL if it failed: then `error` says why. */
void supervisor_saw(const supervisor *s, supervisor_box *b, const boxd_box *found, const boxd_error *error);

/* The outcome of a start; NULL for a good one. */
void supervisor_started(const supervisor *s, supervisor_box *b, const boxd_error *error);

/* Prints the counts, frees the boxes, and returns the program's exit code. */
int supervisor_end(supervisor *s);

#endif
