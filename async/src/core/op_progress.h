/*
 * op_progress.h: callbacks of an operation before its last one, such as the progress of a transfer. They
 * never run at the same time as each other or as the last callback, also where several threads dispatch.
 * Requests that are made while one call waits or runs are merged into the next call.
 *
 * The unit is passive: its owner posts the task, and delivers the operation when op_progress_end() or
 * op_progress_after_call() says so.
 */
#ifndef BOXD_OP_PROGRESS_H
#define BOXD_OP_PROGRESS_H

#include "core/loop.h"

#include <stdatomic.h>

typedef struct op_progress {
    /* Posted by the owner; runs op_progress_call(). */
    loop_task task;
    void (*notify)(void *data);
    void *data;
    /* Bits, see op_progress.c. */
    atomic_uint state;
} op_progress;

typedef enum op_progress_next {
    /* The owner does nothing. The operation may be freed by another thread already. */
    PROGRESS_IDLE,
    /* The owner posts the task again. */
    PROGRESS_AGAIN,
    /* The operation has ended meanwhile: the owner delivers it. */
    PROGRESS_ENDED
} op_progress_next;

void op_progress_init(op_progress *p);

/* Requests a call of `notify`, which is the same for each request of an operation, as is `data`. True: the
 * owner posts the task. Loop thread, before op_progress_end(). */
bool op_progress_request(op_progress *p, void (*notify)(void *data), void *data);

/* In the task: calls the program. Where callbacks run. */
void op_progress_call(op_progress *p);

/* After that: what the owner does next. */
op_progress_next op_progress_after_call(op_progress *p);

/* The operation has ended: no request follows. True: no call waits or runs, and the owner delivers the
 * operation; false: op_progress_after_call() will say so. Loop thread. */
bool op_progress_end(op_progress *p);

#endif
