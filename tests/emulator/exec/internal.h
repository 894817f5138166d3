/*
 * exec_private.h: what exec.c (the process, its output and its end) and exec_input.c share. Core thread only.
 */
#ifndef EMULATOR_EXEC_INTERNAL_H
#define EMULATOR_EXEC_INTERNAL_H

#include "base/watch.h"
#include "machine/machines.h"

typedef struct {
    watch watch;
    bool open, drained; /* drained: nothing there after the exit */
    bool is_stderr;
} output;

/* With the faults join_exit and one_packet: the newest output, until the next one shows that it was not the
 * last. */
typedef struct {
    uint8_t *data; /* NULL: none */
    size_t size;
    bool is_stderr;
} output_chunk;

typedef struct exec {
    job job;
    call *c; /* NULL once the call is over */
    machine *m;
    struct exec *next, *prev; /* the machine's; prev is NULL outside the list */
    char *command, **env;
    sandbox_spawn_options options;
    sandbox_process *process; /* the worker's while `starting` */
    bool starting;            /* until the spawn has come back */
    int spawn_error;
    char why[256];

    output out[2];
    unsigned turn; /* the output that is read first next time */
    bool sending, exit_known, orphaned, drain_over;
    int exit_code;
    watch exit_watch;
    loop_timer drain_timer;

    watch input_watch;
    BoxdPb__ExecChunk *input; /* being written to stdin */
    ProtobufCBinaryData input_left;
    uint64_t input_bytes; /* all that came */
    bool input_closed, mid_line;

    uint64_t sent_bytes;
    bool struck;     /* a fault with after_bytes or after_input_bytes has stopped the stream */
    bool reply_sent; /* the fault's */
    output_chunk held;
} exec;

/* Ends the call, not the process: exec_abandon. */
void exec_finish(exec *e, int code, const char *details, const BoxdPb__ExecChunk *last);

/* Nobody listens any more: the process is killed and waited for. */
void exec_abandon(exec *e);

/* What a fault does to a stream that has come to its place. */
void exec_fault_strike(exec *e);

/* exec_input.c: takes what the client sends to the command, message by message. */
void exec_input_start(exec *e);
void exec_input_release(exec *e);

#endif
