/*
 * rpc_queue.h: the outgoing messages of a stream in their order, and the half-close after them.
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
    /* At least one is set. An element with a half-close is the last one. */
    bool has_message, half_close;
    /* The message may have reached the server. */
    bool started;
} outgoing;

/* Who sends all messages again when an RPC is reopened. */
typedef enum {
    /* The queue keeps written messages until rpc_queue_forget_written(). */
    RESENT_BY_QUEUE,
    /* The owner does: a message is freed once it is being written, and the queue is emptied for a new RPC.
     */
    RESENT_BY_OWNER
} queue_resend;

typedef struct rpc_queue {
    queue_resend resent_by;
    /* Written elements, kept for a new RPC. */
    linked_list written;
    /* The element that is being written, if `writing`, and those that follow. */
    linked_list pending;
    /* The memory of the written elements. */
    size_t kept_bytes;
    bool writing;
    /* A write failed: the RPC accepts no more messages. */
    bool broken;
} rpc_queue;

/* The message is empty: the caller sets it. NULL: out of memory. */
outgoing *outgoing_new(bool has_message, bool half_close);

/* NULL is allowed. */
void outgoing_free(outgoing *o);

void rpc_queue_init(rpc_queue *q, queue_resend resent_by);

/* Frees all elements. A broken queue stays broken. */
void rpc_queue_clear(rpc_queue *q);

/* Appends `o`, and becomes its owner. */
void rpc_queue_add(rpc_queue *q, outgoing *o);

/* Removes and frees `o`. False: its write has begun, and it stays in the queue. */
bool rpc_queue_take_back(rpc_queue *q, const outgoing *o);

/* Writes the next element to `r`, unless one is being written, the queue is empty, or it is broken. */
void rpc_queue_write(rpc_queue *q, rpc *r);

/* A write has ended. Returns the element that was written; NULL: the write failed. */
const outgoing *rpc_queue_written(rpc_queue *q, bool ok);

/* A new RPC was opened: everything has to be written to it. */
void rpc_queue_rewind(rpc_queue *q);

/* Whether the written elements take more memory than is kept for a reopened RPC. */
bool rpc_queue_too_large(const rpc_queue *q);

/* Frees the written elements: the queue will not be rewound, or its owner sends again. */
void rpc_queue_forget_written(rpc_queue *q);

#endif
