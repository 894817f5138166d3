/*
 * waiting_steps.h: the program's calls that wait for a process: for a chunk, for a message that is sent,
 * for the end. Core thread.
 */
#ifndef BOXD_WAITING_STEPS_H
#define BOXD_WAITING_STEPS_H

#include "boxd/process/process_state.h"

/* A write, an end of the input or a resize: a step with an item of the input. */
typedef struct input_step {
    stream_step step;
    input_item item;
    /* For a write: the copied bytes, or the function that releases the program's bytes. */
    char *copy;
    boxd_release_cb release;
    void *release_data;
    /* For a resize. */
    uint32_t cols, rows;
} input_step;

/* The result of a wait: the exit code, and whether it is certain. */
typedef struct process_exit {
    int code;
    bool confirmed;
} process_exit;

/* Finishes each step whose condition is met. */
void steps_complete(boxd_process *p);

/* Finishes the steps of the input that are complete. */
void steps_complete_input(boxd_process *p);

/* Watches for a full side that is not read while steps wait: after `unread_ms` they fail. */
void steps_watch_unread(boxd_process *p);

#endif
