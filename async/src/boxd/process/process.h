/*
 * process.h: a process: a command that runs in a box, or a box's log that is read. Either is a stream whose
 * messages are bytes. Life cycle and rules: process.c.
 */
#ifndef BOXD_PROCESS_INTERNAL_H
#define BOXD_PROCESS_INTERNAL_H

#include "boxd/process/process_state.h"
#include "grpc/wire.h"

/* The parameters of a new process. */
typedef struct process_setup {
    boxd_box *box;
    const process_kind *kind;
    /* Checked by the caller. */
    const boxd_exec_options *options;
    /* The program gets a handle to read from and write to. */
    bool streams;
    /* The first message, without the id of the box. */
    const ProtobufCMessage *first;
    /* The size of the shell line of a command. */
    size_t line_bytes;
} process_setup;

/* Any thread. NULL: `error` is set. */
boxd_process *process_new(const process_setup *setup, boxd_error *error);

/* The first step of a process that is still to be made (step->stream), for stream_start(). The opening step
 * waits until the command is started, and its result is the process. The result step waits for the end of
 * the command, with RESULT_EXEC. Any thread. */
stream_step *process_opening_new(boxd_box *box, sink callback);
stream_step *process_result_new(boxd_box *box, sink callback);

/* Adds a step that waits for the end of the command. Core thread. */
void process_wait_begin(request *r);

/* Does everything that has become possible. Call after each change; core thread. */
void process_advance(boxd_process *p);

#endif
