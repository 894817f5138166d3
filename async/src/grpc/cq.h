/*
 * cq.h: the poller of a core thread: a gRPC completion queue.
 */
#ifndef BOXD_CQ_H
#define BOXD_CQ_H

#include "core/loop.h"

#include <grpc/grpc.h>

/* The tag of a batch. `run` is called once, on the loop thread, with gRPC's `ok`. */
typedef struct cq_tag {
    void (*run)(struct cq_tag *tag, bool ok);
} cq_tag;

typedef struct cq {
    grpc_completion_queue *queue;
    grpc_channel *parked_channel;
    /* Never started. A batch without operations on it posts its tag at once: the wake-up. */
    grpc_call *parked_call;
    cq_tag wake_tag;
    /* What the last wait has returned. */
    grpc_event event;
    /* The deadline of the last wait that had one, and the same for gRPC. */
    int64_t deadline_ns;
    gpr_timespec grpc_deadline;
} cq;

/* Initialises the gRPC library too. */
boxd_status cq_init(cq *q, boxd_error *error);

/* Shuts the queue down, drains it and frees all. No call may be alive. Loop thread, or before the loop
 * started. */
void cq_destroy(cq *q);

loop_poller cq_poller(cq *q);

/* Runs `tag` once, when `channel` has stopped connecting, or at `until_ns`. Loop thread. */
void cq_watch_connecting(cq *q, grpc_channel *channel, int64_t until_ns, cq_tag *tag);

#endif
