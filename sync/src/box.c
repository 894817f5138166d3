#include "waiter.h"

#include <boxd/aio/box.h>
#include <boxd/box.h>

static void on_box(boxd_box *box, const boxd_error *error, void *w)
{
    waiter_end(w, box, error);
}

static void on_boxes(boxd_boxes *boxes, const boxd_error *error, void *w)
{
    waiter_end(w, boxes, error);
}

boxd_box *boxd_box_create(boxd_compute *compute, const boxd_box_create_options *options, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_create(compute, options, on_box, &w);
    return waiter_wait(&w, error);
}

boxd_box *boxd_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_fork(source, options, on_box, &w);
    return waiter_wait(&w, error);
}

boxd_box *boxd_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                       boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_get(compute, name_or_id, call, on_box, &w);
    return waiter_wait(&w, error);
}

boxd_boxes *boxd_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_list(compute, call, on_boxes, &w);
    return waiter_wait(&w, error);
}

/* The calls that only name a box. */
static boxd_status act(void (*start)(boxd_box *, const boxd_call_options *, boxd_done_cb, void *),
                       const char *function, boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, function, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    start(box, call, waiter_on_done, &w);
    return waiter_wait_done(&w, error);
}

boxd_status boxd_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    return act(boxd_aio_box_destroy, __func__, box, call, error);
}

boxd_status boxd_box_start(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    return act(boxd_aio_box_start, __func__, box, call, error);
}

boxd_status boxd_box_stop(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    return act(boxd_aio_box_stop, __func__, box, call, error);
}

boxd_status boxd_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    return act(boxd_aio_box_reboot, __func__, box, call, error);
}

typedef struct duration_waiter {
    waiter waiter;
    uint64_t microseconds;
} duration_waiter;

static void on_duration(boxd_status status, uint64_t microseconds, const boxd_error *error, void *data)
{
    duration_waiter *w = data;
    w->microseconds = microseconds;
    waiter_on_done(status, error, &w->waiter);
}

static boxd_status measure(void (*start)(boxd_box *, const boxd_call_options *, boxd_duration_cb, void *),
                           const char *function, boxd_box *box, const boxd_call_options *call,
                           uint64_t *microseconds, boxd_error *error)
{
    duration_waiter w;
    if (!waiter_init(&w.waiter, function, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    start(box, call, on_duration, &w);
    boxd_status status = waiter_wait_done(&w.waiter, error);
    if (status == BOXD_OK && microseconds)
        *microseconds = w.microseconds;
    return status;
}

boxd_status boxd_box_suspend(boxd_box *box, const boxd_call_options *call, uint64_t *microseconds,
                             boxd_error *error)
{
    return measure(boxd_aio_box_suspend, __func__, box, call, microseconds, error);
}

boxd_status boxd_box_resume(boxd_box *box, const boxd_call_options *call, uint64_t *microseconds,
                            boxd_error *error)
{
    return measure(boxd_aio_box_resume, __func__, box, call, microseconds, error);
}
