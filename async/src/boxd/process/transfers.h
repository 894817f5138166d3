/*
 * transfers.h: descriptors of the program in place of a command's pipes.
 *
 * A passive part of a process (process_state.h): it says which transfer can start, and what a finished
 * transfer means; the process starts and stops transfers. Each transfer moves one piece at a time, on the
 * thread of the descriptors (core/fd_loop.h). Core thread, except transfers_open() and transfers_close().
 */
#ifndef BOXD_TRANSFERS_H
#define BOXD_TRANSFERS_H

#include "boxd/process/input.h"
#include "boxd/process/output.h"
#include "core/fd_loop.h"

/* One descriptor. */
typedef struct transfer {
    /* The owner sets its `over`. */
    fd_transfer fd;
    /* The process of the transfer. */
    void *owner;
    /* The name of the descriptor in messages: "input". */
    const char *name;
    /* For an output: the chunk that is being written. */
    chunk *chunk;
    /* For an output: not everything that arrived was written. */
    bool incomplete;
} transfer;

typedef struct transfers {
    transfer in, out, err;
    /* The buffer of `in`. */
    char *buffer;
} transfers;

/* Opens the descriptors that the checked `options` name. *all is NULL if they name none, and else is closed
 * by transfers_close(), also after a failure. Any thread. */
boxd_status transfers_open(transfers **all, void *owner, const input *in, const output *o,
                           const boxd_exec_options *options, boxd_error *error);

/* No transfer may run. NULL is allowed. Any thread. */
void transfers_close(transfers *all);

/* The next transfer to start, with its piece; NULL: no transfer can start. `reads`: the input wants bytes.
 * The caller starts the transfer with fd_transfer_start(), or gives it back with transfer_abandon(). */
transfer *transfers_next(transfers *all, output *o, bool reads);
void transfer_abandon(transfer *t);

typedef enum {
    TRANSFER_WRITTEN,
    TRANSFER_READ,
    TRANSFER_READ_END,
    TRANSFER_STOPPED,
    TRANSFER_FAILED
} transfer_result;

/* Ends a transfer that is over. TRANSFER_READ: fd.done bytes are in all->buffer. */
transfer_result transfer_finish(transfer *t);

/* Fills `error` for a transfer that has failed. `sent`: whether the command was sent. */
void transfer_error(const transfer *t, const char *subject, boxd_sent sent, boxd_error *error);

/* Stops reading, and writing unless `flush`. */
void transfers_stop(transfers *all, bool flush);

/* Whether a transfer runs; whether one that writes runs; whether all output of descriptors was written. NULL
 * is allowed. */
bool transfers_running(const transfers *all);
bool transfers_writing(const transfers *all);
bool transfers_flushed(const transfers *all, const output *o);

#endif
