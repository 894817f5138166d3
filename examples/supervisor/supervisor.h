/*
 * Supervisor: checks boxes at an interval and starts those that have stopped. It waits longer after each
 * failure, and gives up on a box that fails repeatedly or does not exist. Suspended and hibernated boxes are
 * not woken. Ctrl-C ends it.
 *
 *     supervisor_sync INTERVAL_MS BOX...
 *     supervisor_async INTERVAL_MS BOX...
 *
 * This part is shared by both programs: a state machine for each box. Its input is the result of a check or a
 * start. Its output is the next step and the time to wait before it. supervisor_sync.c has a thread for each
 * box, which sleeps between the steps. supervisor_async.c has one thread, which waits in epoll_wait() for
 * events and for the next step.
 */
#ifndef BOXD_EXAMPLES_SUPERVISOR_H
#define BOXD_EXAMPLES_SUPERVISOR_H

#include <boxd/compute.h>
#include <boxd/types/box.h>

typedef enum supervisor_step {
    /* get the box */
    SUPERVISOR_CHECK,
    /* start the box that the last check returned */
    SUPERVISOR_START,
    /* no more steps for this box */
    SUPERVISOR_GIVE_UP
} supervisor_step;

typedef struct supervisor_box {
    const char *name;
    supervisor_step next;
    /* before the next step */
    int wait_ms;
    /* in a row: stops of the box, and calls that failed. The waits grow with it */
    int failures;
    /* checks in a row that found the box running */
    int healthy_checks;
    int restarts;
    bool failed;
    /* used by the driver only */
    boxd_box *box;
    bool busy;
    int64_t due_ms;
} supervisor_box;

typedef struct supervisor {
    int count, interval_ms;
    /* for each call; firing its cancel token ends the program */
    boxd_call_options call;
    supervisor_box *boxes;
} supervisor;

/* Reads the command line. False: it is wrong, or memory ran out; the error was printed. */
bool supervisor_init(supervisor *s, int argc, char **argv, boxd_cancel_token *stop);

/* Handles the result of a check. If `found` is NULL the check failed with `error`. */
void supervisor_set_checked(const supervisor *s, supervisor_box *b, const boxd_box *found,
                            const boxd_error *error);

/* Handles the result of a start; `error` is NULL on success. */
void supervisor_set_started(const supervisor *s, supervisor_box *b, const boxd_error *error);

/* Prints the counts, frees the boxes, and returns the exit code of the program. */
int supervisor_finish(supervisor *s);

#endif
