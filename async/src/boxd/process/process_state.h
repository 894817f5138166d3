/*
 * process_state.h: the state of a process, for the units that it consists of: process.c (its life cycle),
 * process_outcome.c (what it ended in) and waiting_steps.c (the calls that wait for it). Other files
 * include process.h.
 */
#ifndef BOXD_PROCESS_STATE_H
#define BOXD_PROCESS_STATE_H

#include "boxd/process/command_exit.h"
#include "boxd/process/input.h"
#include "boxd/process/liveness.h"
#include "boxd/process/output.h"
#include "boxd/process/status_probe.h"
#include "boxd/process/terminal.h"
#include "boxd/process/transfers.h"
#include "boxd/stream/stream.h"
#include "container_of.h"

#include <boxd/aio/process.h>

/* What differs between commands and logs. */
typedef struct process_kind {
    method method;
    /* Begins the subject of messages: "the command in ". */
    const char *noun;
    /* The field of the first message that is the box's id. */
    uint32_t box_field;
    /* It is a command: its messages are ExecChunk, and the last one carries an exit code. Else LogChunk. */
    bool is_command;
    /* It may go on in a box that was stopped. */
    bool survives_stop;
} process_kind;

struct boxd_process {
    base_stream stream;
    /* Immutable. */
    const process_kind *kind;
    bool pty;
    /* How long a full side may stay unread; -1: for ever. */
    int64_t unread_ms;
    /* The first message, without the box's id. */
    grpc_slice first_message;
    /* Or NULL. */
    boxd_terminal *terminal;
    /* The descriptors of the options; NULL: there are none. */
    transfers *transfers;
    /* Core thread only. */
    struct {
        /* The passive parts. */
        output output;
        input input;
        command_exit exit;
        liveness liveness;
        status_probe probe;
        /* The message of `input` that is being sent, or NULL. */
        const outgoing *input_message;
        /* The silence until a probe; a full side until a failure; the next look at the terminal's size. */
        timer silence, unread, terminal_size;
        /* Waiting steps: for the start; for a chunk of a side, or of either; for the end of the command; for
         * the end of the stream. */
        stream_step *opening;
        stream_step *readers[SIDES + 1];
        linked_list ending, closing;
        /* The first message was sent: the command is running as far as is known. */
        bool started;
        /* How the RPC ended, once it has. */
        boxd_error rpc_outcome;
        /* Once the stream is over. */
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

/* Why this side ends the run; BOXD_OK: it does not. Between the begin and the end of the run. */
static inline boxd_error *process_failure(const boxd_process *p)
{
    return &p->stream.thread_data.run->failure;
}

#endif
