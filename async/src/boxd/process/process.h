/*
 * process.h: a command under way, or a box's log being read: a stream whose messages are bytes.
 *
 * What comes goes through output.h; what goes out is input.c's; descriptors of the program's are moved by
 * transfer.c; while nothing comes, liveness.c asks for the box's status. What the program does with all that
 * are steps (process_steps.c). After each change process_advance() does what has become possible.
 *
 * All functions: core thread, unless they say otherwise.
 */
#ifndef BOXD_PROCESS_INTERNAL_H
#define BOXD_PROCESS_INTERNAL_H

#include "boxd/process/output.h"
#include "boxd/process/terminal.h"
#include "boxd/stream/stream.h"
#include "core/fd_loop.h"

/* What a message says. */
typedef struct arrival {
    ProtobufCBinaryData data;
    side_index where;
    int exit_code; /* on each message, and only the last one's counts */
} arrival;

/* What differs between commands and logs. */
typedef struct process_kind {
    method method;
    const char *noun;   /* "the command in " */
    uint32_t box_field; /* of the first message */
    const ProtobufCMessageDescriptor *message;
    void (*read)(const ProtobufCMessage *message, arrival *a);
    bool has_exit;      /* the end tells an exit code */
    bool survives_stop; /* it may go on in a box that was stopped */
} process_kind;

/* Steps in their order. */
typedef struct step_list {
    stream_step *first, **last;
} step_list;

/* What goes to the command: one message at a time. */
typedef struct input {
    boxd_input_mode mode;      /* never BOXD_INPUT_DEFAULT */
    step_list writes;          /* and ends of the input */
    step_list resizes;         /* wait until the size is being sent, which overtakes the writes */
    step_list resizing;        /* wait until it was */
    uint32_t cols, rows;       /* of the terminal */
    bool resized;              /* they are to be sent */
    char *bytes;               /* given with the options, or from a descriptor */
    size_t size, sent;         /* of these */
    uint64_t accepted;         /* bytes, in all */
    const outgoing *under_way; /* and of its bytes: */
    size_t under_way_bytes;
    stream_step *under_way_step; /* whose they are; NULL: nobody's any more, or `bytes` */
    bool ending;                 /* the end is to follow `bytes` */
    bool closed;                 /* the program has asked for the end, and not given up */
    bool ended;                  /* it was sent */
} input;

/* A descriptor of the program's, in the command's place. */
typedef struct transfer {
    fd_transfer fd;
    boxd_process *process;
    chunk *chunk; /* being written */
    bool cut;     /* of what came, not all was written */
} transfer;

typedef struct transfers {
    transfer in, out, err;
} transfers;

struct boxd_process {
    base_stream stream;
    const process_kind *kind;
    bool pty;
    int64_t liveness_ms, unread_ms; /* -1: off */
    grpc_slice command;             /* the first message, without its box */
    boxd_terminal *terminal;        /* or NULL */
    transfers *transfers;           /* NULL: there are none */
    struct {
        output output;
        input input;
        stream_step *opening;
        stream_step *readers[SIDES + 1]; /* of a side; of both */
        step_list waiting;               /* for the end */
        step_list closing;               /* for the end of the stream, however */
        api_call probe;                  /* GetVm while the stream is silent */
        timer silence, unread, size;     /* the last: of the terminal */
        bool answered;                   /* a message came */
        bool unconfirmed;                /* the last one carried data and code 0 */
        bool told;                       /* the last one may well have told the exit */
        bool lingering;                  /* ... and was taken for it, since nothing followed */
        bool started;                    /* the command is on its way */
        int exit_code;                   /* of the last one */
        bool dying;                      /* its box was found dead, once */
        const char *dead;                /* the box's status that ended it */
        bool exited;                     /* the exit code is known */
        boxd_command_state state;        /* once it is over */
        boxd_error ended;                /* how the RPC ended */
    } thread_data;                       /* core thread only */
};

static inline boxd_process *process_of(base_stream *s)
{
    return (boxd_process *)(void *)s;
}

static inline loop *process_loop(boxd_process *p)
{
    return &p->stream.handle.compute->core.loop;
}

/* How a process is made. */
typedef struct process_setup {
    boxd_box *box;
    const process_kind *kind;
    const boxd_exec_options *options; /* checked */
    bool streams;                     /* the defaults of a stream */
    const ProtobufCMessage *first;    /* the first message, without its box */
} process_setup;

/* Any thread. NULL: `error`. */
boxd_process *process_new(const process_setup *setup, boxd_error *error);

/* The step that is the first to hear of a process that is to be made: that waits until it is on its way, and
 * has it as its result; or that waits for its end, with RESULT_EXEC. */
stream_step *process_opening_new(boxd_box *box, sink callback);
stream_step *process_result_new(boxd_box *box, sink callback);

/* Does what has become possible. */
void process_advance(boxd_process *p);

/* Ends it for a reason of ours, left in `error`. Once. */
boxd_error *process_failure(boxd_process *p);
void process_fail(boxd_process *p);

/* Ends the run, once RPC, probe and transfers are over. */
void process_settle(boxd_process *p);

/* What is known of the command, into the error of a call about it. */
void process_describe(const boxd_process *p, boxd_error *error);

extern const result_type RESULT_EXEC; /* boxd_exec_result_cb */

/* Of an ended one: what is known, and what was kept. NULL: out of memory. */
boxd_exec_result *process_take_result(boxd_process *p);

/* Lists of steps. step_list_take_all() leaves an empty one. */
void step_list_add(step_list *list, stream_step *step);
void step_list_remove(step_list *list, stream_step *step); /* or it is not there */
step_list step_list_take_all(step_list *list);
void step_list_end(step_list *list, const boxd_error *error); /* ends each, with an error or NULL */

/* input.c */
boxd_status input_init(input *in, const boxd_exec_options *options, bool streams,
                       boxd_error *error); /* any thread */
void input_clear(input *in);               /* any thread */
void input_feed(boxd_process *p);
void input_written(boxd_process *p, const outgoing *o);
void input_end_steps(boxd_process *p, const boxd_error *error); /* NULL: the command has ended well */
void input_drop_step(boxd_process *p, stream_step *step);

/* liveness.c: looks after the silence while the stream is being read; a message came. */
void liveness_watch(boxd_process *p);
void liveness_heard(boxd_process *p);
void liveness_end(boxd_process *p);

/* transfer.c */
boxd_status transfers_open(boxd_process *p, const boxd_exec_options *options,
                           boxd_error *error); /* any thread */
void transfers_close(boxd_process *p);         /* any thread; none runs */
void transfers_advance(boxd_process *p);
void transfers_end(boxd_process *p, bool flush); /* stops them, but those that still have output to write */
bool transfers_running(const boxd_process *p);
bool transfers_writing(const boxd_process *p);
bool transfers_flushed(const boxd_process *p); /* what came for descriptors was written */

/* process_steps.c */
void process_result_begin(request *r);
void steps_serve(boxd_process *p);
void steps_watch_unread(boxd_process *p);

#endif
