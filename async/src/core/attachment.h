/*
 * attachment.h: the event loop of the program that a client is attached to, if any.
 *
 * The unit is passive. Its owner calls every function under the owner's lock, and calls detach() without it.
 */
#ifndef BOXD_ATTACHMENT_H
#define BOXD_ATTACHMENT_H

#include <stdbool.h>

/* Zeroed: not attached. */
typedef struct loop_attachment {
    /* Makes the event loop stop waiting on the client's descriptor. */
    void (*detach)(void *data);
    void *data;
} loop_attachment;

static inline bool attachment_is_set(const loop_attachment *a)
{
    return a->detach != 0;
}

/* False: the client is attached already. */
static inline bool attachment_set(loop_attachment *a, void (*detach)(void *data), void *data)
{
    if (attachment_is_set(a))
        return false;
    *a = (loop_attachment){detach, data};
    return true;
}

/* Removes and returns the attachment, whose detach() the owner calls; zeroed: the client was not attached. */
static inline loop_attachment attachment_take(loop_attachment *a)
{
    const loop_attachment taken = *a;
    *a = (loop_attachment){0};
    return taken;
}

#endif
