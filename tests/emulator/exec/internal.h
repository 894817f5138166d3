/*
 * internal.h: shared by exec.c (the process, its output and its end) and input.c. Core thread only.
 */
#ifndef EMULATOR_EXEC_INTERNAL_H
#define EMULATOR_EXEC_INTERNAL_H

#include "base/watch.h"
#include "machine/machines.h"

typedef struct {
    watch watch;
    bool open;
    /* After the exit: nothing is left to read. */
    bool drained;
    bool is_stderr;
} output;

/* With the faults join_exit and one_packet: the newest output, held until more output follows or the process
 * has ended. */
typedef struct {
    /* NULL: nothing is held. */
    uint8_t *data;
    size_t size;
    bool is_stderr;
} output_chunk;

typedef struct exec {
    job job;
    /* NULL once the call has ended. */
    call *c;
    machine *m;
    /* The machine's list; prev is NULL outside the list. */
    struct exec *next, *prev;
    char *command, **env;
    sandbox_spawn_options options;
    /* Belongs to the worker while `starting`. */
    sandbox_process *process;
    /* Until the spawn has returned. */
    bool starting;
    int spawn_error;
    char why[256];

    output out[2];
    /* The output that is read first next time. */
    unsigned turn;
    bool sending, exit_known, interrupted, drain_over;
    int exit_code;
    watch exit_watch;
    loop_timer drain_timer;

    watch input_watch;
    /* The message that is being written to stdin. */
    BoxdPb__ExecChunk *input;
    ProtobufCBinaryData input_left;
    /* All input received so far. */
    uint64_t input_bytes;
    bool input_closed, mid_line;

    uint64_t sent_bytes;
    /* A fault with after_bytes or after_input_bytes has stopped the stream. */
    bool fault_applied;
    /* The fault's `reply` was sent. */
    bool reply_sent;
    output_chunk held;
} exec;

/* Ends the call, but not the process: see exec_abandon. */
void exec_finish(exec *e, int code, const char *details, const BoxdPb__ExecChunk *last);

/* The call has ended: kills the process and waits for its end. */
void exec_abandon(exec *e);

/* Applies the fault of the call to the stream, which has reached the fault's position. */
void exec_apply_fault(exec *e);

/* input.c: writes the client's input to the command, message by message. */
void exec_input_start(exec *e);
void exec_input_release(exec *e);

#endif
