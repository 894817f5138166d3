/*
 * core_private.h: what the files of the core (core.c, op.c, room.c, dispatch.c) have to do with one another.
 */
#ifndef BOXD_CORE_PRIVATE_H
#define BOXD_CORE_PRIVATE_H

#include "core/core.h"

#include <stddef.h>

static inline op *op_of_task(loop_task *task)
{
    return (op *)(void *)((char *)task - offsetof(op, task));
}

/* ---- core.c ---- */

/* Posts the end of a client that closes, when no operation is left. Under the core's lock. */
void core_post_if_idle(core *c);

/* Lets go of whatever waits on the descriptor of a client that has ended. */
void core_detach_if_ended(core *c);

/* Sees to it that callbacks go on to run after a loop was detached. */
void core_detached(core *c);

/* What a call on a closed client ends in. */
boxd_status core_closed_error(const core *c, boxd_error *error);

/* Whether close callbacks are due with manual dispatch, and taken with this. Under the core's lock. */
static inline bool core_take_close(core *c)
{
    const bool due = c->synced_data.close_due;
    c->synced_data.close_due = false;
    return due;
}

/* ---- dispatch.c ---- */

/* Runs callbacks that are due; the close callbacks, which come after all others, only with `close`. */
size_t dispatch_run(core *c, size_t max, bool close);

/* Calls deliver() as a callback. */
void dispatch_call(op *o);

/* op_finish()'s last step: deliver() after the news. A loop task of the operation's. */
void dispatch_ended(loop_task *task);

/* ---- op.c ---- */

/* Ends all that run: the client closes. Loop thread. */
void op_stop_all(core *c);

/* ---- room.c ---- */

/* Takes room for an operation that is being submitted, if it needs any; or sets its error. Under the core's
 * lock. */
void room_take(op *o);

/* It has ended, and waits to be dispatched. Under the core's lock. */
void room_land(op *o);

/* Gives back what an operation has. Under the core's lock. */
void room_give(op *o);

/* One that was told of room has been delivered. Under the core's lock. */
void room_told(core *c);

/* Lets a running operation wait for room. Loop thread. */
void room_wait(op *o);

/* Ends the wait for room of an operation that gives up, or was submitted to wait and never did. Loop thread.
 */
void room_leave(op *o);

#endif
