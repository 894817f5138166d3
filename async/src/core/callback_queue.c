/*
 * callback_queue.c: callbacks that wait to be dispatched. Called by core.c, on any thread, under the core's
 * lock.
 */
#include "core/callback_queue.h"

#include "errors.h"
#include "invariant.h"

boxd_status callback_queue_init(callback_queue *q, bool manual, boxd_error *error)
{
    *q = (callback_queue){.waiting = WAKEUP_INIT};
    const int failed = manual ? wakeup_open(&q->waiting) : 0;
    if (failed)
        return error_set(error, BOXD_ERR_FAILED,
                         "no descriptor for dispatch (errno %d); raise the limit of open files", failed);
    return BOXD_OK;
}

void callback_queue_destroy(callback_queue *q)
{
    BOXD_ASSERT(list_is_empty(&q->tasks));
    wakeup_close(&q->waiting);
}

bool callback_queue_push(callback_queue *q, loop_task *task)
{
    const bool was_empty = list_is_empty(&q->tasks);
    BOXD_ASSERT(q->waiting.fd >= 0 && !q->redirected);
    list_append(&q->tasks, &task->node);
    if (was_empty)
        wakeup_raise(&q->waiting);
    return was_empty;
}

callback_pass callback_queue_begin_pass(const callback_queue *q, size_t max, bool with_close)
{
    return (callback_pass){max ? max : callback_queue_count(q), q->detach_count, with_close};
}

bool callback_queue_pass_was_cut(const callback_queue *q, const callback_pass *pass)
{
    return pass->detach_count != q->detach_count;
}

void callback_queue_end_passes(callback_queue *q)
{
    q->detach_count++;
}

loop_task *callback_queue_take_close(callback_queue *q)
{
    loop_task *task = q->close_task;
    q->close_task = NULL;
    return task;
}

loop_task *callback_queue_pop(callback_queue *q, const callback_pass *pass)
{
    if (callback_queue_pass_was_cut(q, pass))
        return NULL;
    list_node *node = list_pop(&q->tasks);
    if (!node)
        return pass->with_close ? callback_queue_take_close(q) : NULL;
    if (list_is_empty(&q->tasks) && !q->ended)
        wakeup_lower(&q->waiting);
    return CONTAINER_OF(node, loop_task, node);
}

linked_list callback_queue_redirect(callback_queue *q)
{
    q->redirected = true;
    return list_take_all(&q->tasks);
}

void callback_queue_end(callback_queue *q)
{
    q->ended = true;
    if (q->waiting.fd >= 0)
        wakeup_raise(&q->waiting);
}
