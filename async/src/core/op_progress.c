/*
 * op_progress.c: merges and orders an operation's callbacks before its last one. Called by op.c, on the loop
 * thread and where callbacks run; without a lock, on one atomic word.
 */
#include "core/op_progress.h"

#include "invariant.h"
#include "thread.h"

/* The bits of `state`. */
enum {
    /* A call is requested that has not begun. */
    REQUESTED = 1,
    /* The task is posted or runs. Its end looks for what came meanwhile. */
    ACTIVE = 2,
    /* op_progress_end() was called. */
    ENDED = 4
};

void op_progress_init(op_progress *p)
{
    atomic_init(&p->state, 0);
}

bool op_progress_request(op_progress *p, void (*notify)(void *data), void *data)
{
    const unsigned before = atomic_fetch_or(&p->state, REQUESTED | ACTIVE);
    BOXD_ASSERT(!(before & ENDED));
    if (before & ACTIVE)
        return false;
    p->notify = notify;
    p->data = data;
    return true;
}

void op_progress_call(op_progress *p)
{
    atomic_fetch_and(&p->state, ~(unsigned)REQUESTED);
    thread_enter_callback();
    p->notify(p->data);
    thread_leave_callback();
}

op_progress_next op_progress_after_call(op_progress *p)
{
    unsigned state = ACTIVE;
    if (atomic_compare_exchange_strong(&p->state, &state, 0))
        return PROGRESS_IDLE;
    return state & REQUESTED ? PROGRESS_AGAIN : PROGRESS_ENDED;
}

bool op_progress_end(op_progress *p)
{
    const unsigned before = atomic_fetch_or(&p->state, ENDED);
    BOXD_ASSERT(!(before & ENDED));
    return !(before & ACTIVE);
}
