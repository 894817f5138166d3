/*
 * snapshot.c: the blocking functions for snapshots. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/snapshot.h>
#include <boxd/snapshot.h>

WAITER_CALLBACK(on_snapshot, boxd_snapshot)
WAITER_CALLBACK(on_snapshots, boxd_snapshots)
WAITER_CALLBACK(on_box, boxd_box)

boxd_snapshot *boxd_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                    boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_snapshot_create(box, name, call, on_snapshot, &w));
}

boxd_snapshots *boxd_snapshot_list(boxd_compute *compute, const boxd_snapshot_list_options *options,
                                   boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_snapshot_list(compute, options, on_snapshots, &w));
}

boxd_snapshot *boxd_snapshot_get(boxd_compute *compute, const char *name_or_id,
                                 const boxd_snapshot_list_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_snapshot_get(compute, name_or_id, options, on_snapshot, &w));
}

boxd_status boxd_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_snapshot_delete(snapshot, call, waiter_on_done, &w));
}

boxd_status boxd_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                           const boxd_snapshot_wait_until_ready_options *options,
                                           boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_snapshot_wait_until_ready(snapshot, options, waiter_on_done, &w));
}

boxd_box *boxd_snapshot_create_box(boxd_snapshot *snapshot, const boxd_snapshot_create_box_options *options,
                                   boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_snapshot_create_box(snapshot, options, on_box, &w));
}
