/*
 * callback_queue.h: the callbacks of a client with BOXD_DISPATCH_MANUAL that wait until the program
 * dispatches them, first in, first out, and a descriptor that is readable while callbacks wait.
 *
 * A pass is one dispatch call of the program. It runs the callbacks that wait when it begins, not those
 * that are queued later. It ends early when a callback detaches the client from its event loop, because
 * the client may be attached to another loop by then.
 *
 * The unit is passive. Its owner calls every function under the owner's lock, and runs the tasks without
 * it.
 */
#ifndef BOXD_CALLBACK_QUEUE_H
#define BOXD_CALLBACK_QUEUE_H

#include "core/loop.h"
#include "os/wakeup.h"

typedef struct callback_queue {
    /* Raised while callbacks wait; open only if the client has BOXD_DISPATCH_MANUAL. Its descriptors are
     * immutable. */
    wakeup waiting;
    /* Tasks of the type loop_task. */
    linked_list tasks;
    /* Runs the close callbacks, which come after all others; NULL: they are not ready. */
    loop_task *close_task;
    /* No thread dispatches any more: the owner posts tasks to its loop instead. */
    bool redirected;
    /* The descriptor stays readable. */
    bool ended;
    /* How often an event loop was detached. A detach ends the passes that began before it. */
    unsigned detach_count;
} callback_queue;

typedef struct callback_pass {
    size_t limit;
    unsigned detach_count;
    bool with_close;
} callback_pass;

/* With `manual` the queue has a descriptor; without it nothing is queued. */
boxd_status callback_queue_init(callback_queue *q, bool manual, boxd_error *error);
void callback_queue_destroy(callback_queue *q);

/* Queues `task`, unless the queue is redirected. True: it was empty before. */
bool callback_queue_push(callback_queue *q, loop_task *task);

/* Begins a pass of at most `max` tasks (0: all that wait); close callbacks run only `with_close`. */
callback_pass callback_queue_begin_pass(const callback_queue *q, size_t max, bool with_close);

/* Removes the next task of a pass. The last one makes the descriptor unreadable. NULL: the pass is over. */
loop_task *callback_queue_pop(callback_queue *q, const callback_pass *pass);

/* Whether a loop was detached since the pass began. */
bool callback_queue_pass_was_cut(const callback_queue *q, const callback_pass *pass);

/* Ends all passes: a loop is detached. */
void callback_queue_end_passes(callback_queue *q);

/* Removes the task of the close callbacks. NULL: they are not ready. */
loop_task *callback_queue_take_close(callback_queue *q);

/* Redirects the queue. Returns the tasks that waited. */
linked_list callback_queue_redirect(callback_queue *q);

/* The client has ended: makes the descriptor readable for good, so that no event loop sleeps on it. */
void callback_queue_end(callback_queue *q);

/* Callbacks that wait; the close callbacks count as one. */
static inline size_t callback_queue_count(const callback_queue *q)
{
    return q->tasks.count + (q->close_task != NULL);
}

#endif
