/*
 * rpc_queue.h: what a stream sends, in its order: messages, and the half-close behind them.
 *
 * What was written stays in the queue until it is forgotten, so that an RPC that is begun anew can be sent
 * all of it again. Core thread only, but for outgoing_new() and outgoing_free().
 */
#ifndef BOXD_RPC_QUEUE_H
#define BOXD_RPC_QUEUE_H

#include "grpc/rpc.h"

typedef struct outgoing {
    struct outgoing *next;
    grpc_slice message;
    bool has_message, half_close; /* one of them, or both; what half-closes is the last */
    bool started;                 /* it may have reached the server */
} outgoing;

typedef struct rpc_queue {
    outgoing *first, **last;
    outgoing **next;   /* *next is being written, or the next to be */
    size_t kept_bytes; /* of memory, before *next */
    bool writing;
    bool broken; /* a write failed: the RPC takes no more */
} rpc_queue;

/* Its message is empty: the caller sets it. NULL: out of memory. */
outgoing *outgoing_new(bool has_message, bool half_close);
void outgoing_free(outgoing *o); /* or NULL */

void rpc_queue_init(rpc_queue *q);
void rpc_queue_clear(rpc_queue *q); /* frees what is in it; what broke it stays broken */

/* The last from now on; it becomes the queue's. */
void rpc_queue_add(rpc_queue *q, outgoing *o);

/* `o` leaves, unless it is on its way or was: false. */
bool rpc_queue_take_back(rpc_queue *q, const outgoing *o);

/* Writes the next one to `r` unless one is being written, there is none, or the queue is broken. */
void rpc_queue_write(rpc_queue *q, rpc *r);

/* A write is back: what was written, or NULL where that failed. */
const outgoing *rpc_queue_written(rpc_queue *q, bool ok);

/* A new RPC: all is to be written, from the beginning. */
void rpc_queue_rewind(rpc_queue *q);

/* Whether what was written takes more memory than is kept for an RPC that may be begun anew. */
bool rpc_queue_too_large(const rpc_queue *q);

/* Frees what was written: there will be no rewinding. */
void rpc_queue_forget_written(rpc_queue *q);

#endif
