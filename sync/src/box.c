/*
 * box.c: the blocking functions for boxes. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/box.h>
#include <boxd/box.h>

WAITER_CALLBACK(on_box, boxd_box)
WAITER_CALLBACK(on_boxes, boxd_boxes)
WAITER_CALLBACK(on_box_size, boxd_box_size)
WAITER_CALLBACK(on_labels, boxd_labels)
WAITER_CALLBACK(on_strings, boxd_string_list)
WAITER_CALLBACK(on_string, char)

/* ---- creating and finding boxes ---- */

boxd_box *boxd_box_create(boxd_compute *compute, const boxd_box_create_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_create(compute, options, on_box, &w));
}

typedef struct created_waiter {
    waiter waiter;
    bool created;
} created_waiter;

static void on_created(boxd_box *box, bool created, const boxd_error *error, void *data)
{
    created_waiter *w = data;
    w->created = created;
    waiter_end(&w->waiter, box, error);
}

boxd_box *boxd_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options, bool *created,
                                 boxd_error *error)
{
    created_waiter w;
    if (!waiter_init(&w.waiter, __func__, error))
        return NULL;
    boxd_aio_box_get_or_create(compute, options, on_created, &w);
    boxd_box *box = waiter_wait(&w.waiter, error);
    if (box && created)
        *created = w.created;
    return box;
}

boxd_box *boxd_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_fork(source, options, on_box, &w));
}

boxd_box *boxd_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                       boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_get(compute, name_or_id, call, on_box, &w));
}

boxd_boxes *boxd_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_list(compute, call, on_boxes, &w));
}

boxd_boxes *boxd_box_find(boxd_compute *compute, const boxd_box_find_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_find(compute, options, on_boxes, &w));
}

char *boxd_box_suggest_name(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_suggest_name(compute, call, on_string, &w));
}

/* ---- the life cycle of a box ---- */

boxd_status boxd_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_destroy(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_start(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_start(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_stop(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_stop(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_reboot(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_hibernate(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_wake(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_wake(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_share(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_share(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_unshare(box, call, waiter_on_done, &w));
}

boxd_status boxd_box_wait_until_ready(boxd_box *box, const boxd_box_wait_until_ready_options *options,
                                      boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_wait_until_ready(box, options, waiter_on_done, &w));
}

typedef struct number_waiter {
    waiter waiter;
    int64_t number;
} number_waiter;

static void on_duration(boxd_status status, int64_t duration_us, const boxd_error *error, void *data)
{
    number_waiter *w = data;
    w->number = duration_us;
    waiter_on_done(status, error, &w->waiter);
}

/* Submits `start` for `function`, and stores the duration that the callback receives. */
static boxd_status wait_for_duration(void (*start)(boxd_box *, const boxd_call_options *, boxd_duration_cb,
                                                   void *),
                                     const char *function, boxd_box *box, const boxd_call_options *call,
                                     int64_t *duration_us, boxd_error *error)
{
    number_waiter w;
    if (!waiter_init(&w.waiter, function, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    start(box, call, on_duration, &w);
    boxd_status status = waiter_wait_done(&w.waiter, error);
    if (status == BOXD_OK && duration_us)
        *duration_us = w.number;
    return status;
}

boxd_status boxd_box_suspend(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                             boxd_error *error)
{
    return wait_for_duration(boxd_aio_box_suspend, __func__, box, call, duration_us, error);
}

boxd_status boxd_box_resume(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                            boxd_error *error)
{
    return wait_for_duration(boxd_aio_box_resume, __func__, box, call, duration_us, error);
}

/* ---- settings of a box ---- */

boxd_status boxd_box_rename(boxd_box *box, const char *name, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_rename(box, name, call, waiter_on_done, &w));
}

boxd_box_size *boxd_box_resize(boxd_box *box, uint32_t vcpu, const char *memory,
                               const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_resize(box, vcpu, memory, call, on_box_size, &w));
}

boxd_labels *boxd_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                    boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_update_labels(box, options, on_labels, &w));
}

boxd_string_list *boxd_box_set_networks(boxd_box *box, const char *const *networks,
                                        const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_set_networks(box, networks, call, on_strings, &w));
}

boxd_string_list *boxd_box_set_egress(boxd_box *box, const char *const *entries,
                                      const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_set_egress(box, entries, call, on_strings, &w));
}

boxd_status boxd_box_set_auto_suspend(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                      boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_set_auto_suspend(box, timeout_s, call, waiter_on_done, &w));
}

boxd_status boxd_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                        boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_set_auto_hibernate(box, timeout_s, call, waiter_on_done, &w));
}

static void on_time(boxd_status status, int64_t time_ms, const boxd_error *error, void *data)
{
    number_waiter *w = data;
    w->number = time_ms;
    waiter_on_done(status, error, &w->waiter);
}

boxd_status boxd_box_set_delete_after(boxd_box *box, const boxd_box_set_delete_after_options *options,
                                      int64_t *delete_at_ms, boxd_error *error)
{
    number_waiter w;
    if (!waiter_init(&w.waiter, __func__, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    boxd_aio_box_set_delete_after(box, options, on_time, &w);
    boxd_status status = waiter_wait_done(&w.waiter, error);
    if (status == BOXD_OK && delete_at_ms)
        *delete_at_ms = w.number;
    return status;
}
