/*
 * disk.c: the blocking functions for disks. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/disk.h>
#include <boxd/disk.h>

WAITER_CALLBACK(on_disk, boxd_disk)
WAITER_CALLBACK(on_disks, boxd_disks)

boxd_disk *boxd_disk_create(boxd_compute *compute, const char *name, const char *size,
                            const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_disk_create(compute, name, size, call, on_disk, &w));
}

boxd_disk *boxd_disk_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                         boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_disk_get(compute, name_or_id, call, on_disk, &w));
}

boxd_disks *boxd_disk_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_disk_list(compute, call, on_disks, &w));
}

boxd_status boxd_disk_attach(boxd_disk *disk, boxd_box *box, const char *mount_path, bool read_only,
                             const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_disk_attach(disk, box, mount_path, read_only, call, waiter_on_done, &w));
}

boxd_status boxd_disk_detach(boxd_disk *disk, boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_disk_detach(disk, box, call, waiter_on_done, &w));
}

boxd_status boxd_disk_destroy(boxd_disk *disk, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_disk_destroy(disk, call, waiter_on_done, &w));
}
