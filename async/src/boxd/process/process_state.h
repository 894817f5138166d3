/*
 * process_state.h: the state of a process, for the units that make up a process: process.c (its life
 * cycle), process_outcome.c (its outcome) and waiting_steps.c (the calls that wait for it). Other files
 * include process.h.
 */
#ifndef BOXD_PROCESS_STATE_H
#define BOXD_PROCESS_STATE_H

#include "boxd/process/box_probe.h"
#include "boxd/process/command_exit.h"
#include "boxd/process/input.h"
#include "boxd/process/liveness.h"
#include "boxd/process/output.h"
#include "boxd/process/terminal.h"
#include "boxd/process/transfers.h"
#include "boxd/stream/stream.h"
#include "container_of.h"

#include <boxd/aio/process.h>

/* The differences between commands and logs. */
typedef struct process_kind {
    method method;
    /* Begins the subject of messages: "the command in ". */
    const char *noun;
    /* The field of the first message that is the box's id. */
    uint32_t box_field;
    /* The process is a command: its messages are ExecChunk, and the last one carries an exit code. Else they
     * are LogChunk. */
    bool is_command;
    /* The process may go on in a box that was stopped. */
    bool survives_stop;
} process_kind;

struct boxd_process {
    base_stream stream;
    /* Immutable. */
    const process_kind *kind;
    bool pty;
    bool require_exit_confirmed;
    /* The size of the command's shell line: its words and its environment. */
    size_t line_bytes;
    /* How long a full side may stay unread; -1: for ever. */
    int64_t unread_ms;
    /* The terminal of the options, or NULL. */
    boxd_terminal *terminal;
    /* The descriptors of the options, or NULL. */
    transfers *transfers;
    /* Core thread only. */
    struct {
        /* The probes that run, or NULL: while the stream is silent, and after a cancel. */
        box_probe *probe;
        box_probe *cancel_probe;
        /* The first message, without the box's id, until it is queued. */
        grpc_slice first_message;
        /* The passive parts. */
        output output;
        input input;
        command_exit exit;
        liveness liveness;
        /* The message of `input` that is being sent, or NULL. */
        const outgoing *input_message;
        /* Timers: the silence until a probe; a full side until a failure; the next check of the terminal's
         * size. */
        timer silence, unread, terminal_size;
        /* Waiting steps: for the start; for a chunk of one side, or of either; for the end of the command;
         * for the end of the stream. */
        stream_step *opening;
        stream_step *readers[SIDES + 1];
        linked_list ending, closing;
        /* Reads wait until the messages that have arrived are read: `reads_task` is posted, in the turn
         * `reads_turn` of the loop. Whether a message has arrived since then. */
        loop_task reads_task;
        bool reads_postponed, message_came;
        uint64_t reads_turn;
        /* The first message was sent: the command is running as far as is known. */
        bool started;
        /* The outcome of the RPC, after its end. */
        boxd_error rpc_outcome;
        /* The service has received the cancel of the RPC. */
        bool cancel_confirmed;
        /* The state of the command, after the end of the stream. */
        boxd_command_state state;
    } thread_data;
};

static inline boxd_process *process_of(base_stream *s)
{
    return CONTAINER_OF(s, boxd_process, stream);
}

static inline boxd_process *process_of_step(const request *r)
{
    return process_of(CONTAINER_OF(r, const stream_step, request)->stream);
}

static inline loop *process_loop(boxd_process *p)
{
    return &p->stream.handle.compute->core.loop;
}

/* Why the client ends the run; BOXD_OK: it does not. Between the begin and the end of the run. */
static inline boxd_error *process_failure(const boxd_process *p)
{
    return &p->stream.thread_data.run->failure;
}

#endif
