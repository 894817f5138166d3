/*
 * rpc_queue.h: what a stream sends, in its order: messages, and the half-close behind them.
 *
 * Passive. Core thread only, except outgoing_new() and outgoing_free().
 */
#ifndef BOXD_RPC_QUEUE_H
#define BOXD_RPC_QUEUE_H

#include "grpc/rpc.h"
#include "linked_list.h"

typedef struct outgoing {
    list_node node;
    grpc_slice message;
    /* One of them, or both. What half-closes is the last. */
    bool has_message, half_close;
    /* It may have reached the server. */
    bool started;
} outgoing;

/* Who sends everything again when an RPC is reopened. */
typedef enum {
    /* What was written stays in the queue until it is forgotten. */
    RESENT_BY_QUEUE,
    /* A message is freed once it is being written, and the queue is emptied for a new RPC. */
    RESENT_BY_OWNER
} queue_resend;

typedef struct rpc_queue {
    queue_resend resent_by;
    /* What was written, kept for a new RPC. */
    linked_list written;
    /* What is being written, if `writing`, and what follows. */
    linked_list pending;
    /* Memory of what was written. */
    size_t kept_bytes;
    bool writing;
    /* A write failed: the RPC takes no more. */
    bool broken;
} rpc_queue;

/* Its message is empty: the caller sets it. NULL: out of memory. */
outgoing *outgoing_new(bool has_message, bool half_close);

/* NULL is allowed. */
void outgoing_free(outgoing *o);

void rpc_queue_init(rpc_queue *q, queue_resend resent_by);

/* Frees what is in it. A broken queue stays broken. */
void rpc_queue_clear(rpc_queue *q);

/* Appends `o`, and becomes its owner. */
void rpc_queue_add(rpc_queue *q, outgoing *o);

/* Removes and frees `o`. False: its write has begun, and it stays. */
bool rpc_queue_take_back(rpc_queue *q, const outgoing *o);

/* Writes the next one to `r`, unless one is being written, there is none, or the queue is broken. */
void rpc_queue_write(rpc_queue *q, rpc *r);

/* A write has ended: what was written, or NULL where that failed. */
const outgoing *rpc_queue_written(rpc_queue *q, bool ok);

/* A new RPC: everything is to be written to it. */
void rpc_queue_rewind(rpc_queue *q);

/* Whether what was written takes more memory than is kept for an RPC that may be reopened. */
bool rpc_queue_too_large(const rpc_queue *q);

/* Frees what was written: the queue will not be rewound, or its owner sends again. */
void rpc_queue_forget_written(rpc_queue *q);

#endif
