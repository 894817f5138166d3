/**
 * @file aio/disk.h
 * Disks, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_DISK_H
#define BOXD_AIO_DISK_H

#include <boxd/aio/box.h>
#include <boxd/types/disk.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a disk. @param disk owned by the callback; NULL on failure */
typedef void (*boxd_disk_cb)(boxd_disk *disk, const boxd_error *error, void *user_data);

/** Ends a call that returns disks. @param disks owned by the callback; NULL on failure */
typedef void (*boxd_disks_cb)(boxd_disks *disks, const boxd_error *error, void *user_data);

/**
 * Creates a disk. RPC: CreateDisk. Never sent twice.
 *
 * @param name not empty
 * @param size e.g. "10G", "512MiB" (powers of 1024); not empty
 * @param call or NULL
 * @param callback gets the disk, or: BOXD_ERR_INVALID_ARGUMENT (no name, a malformed size),
 *   BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_QUOTA. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_disk_create(boxd_compute *compute, const char *name, const char *size,
                                   const boxd_call_options *call, boxd_disk_cb callback, void *user_data);

/**
 * Finds a disk by name or id. RPC: ListDisks, and a match: there is no RPC for one disk.
 *
 * @param name_or_id not empty
 * @param call or NULL
 * @param callback gets the disk, or BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_disk_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                                boxd_disk_cb callback, void *user_data);

/**
 * Lists all disks of the account, with where they are attached. RPC: ListDisks.
 *
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: what any call may end in. Runs on the core thread or
 *   in dispatch.
 */
BOXD_API void boxd_aio_disk_list(boxd_compute *compute, const boxd_call_options *call, boxd_disks_cb callback,
                                 void *user_data);

/**
 * Attaches a disk to a box, which sees it at `mount_path` at once. RPC: AttachDisk. A disk has one box at a
 * time, and stays as it is when that box goes.
 *
 * @param box a handle of a name or id does too: boxd_box_from_name()
 * @param mount_path an absolute path in the box; made if it is not there
 * @param read_only whether the box can only read it
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT (no path, or one that is not absolute),
 *   BOXD_ERR_FAILED_PRECONDITION (it is attached already, or the path is taken), BOXD_ERR_NOT_FOUND (the
 *   disk or the box). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_disk_attach(boxd_disk *disk, boxd_box *box, const char *mount_path, bool read_only,
                                   const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/**
 * Detaches a disk from a box. RPC: DetachDisk. Its content stays.
 *
 * @param box the one that has it
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (the box does not have it, or uses it),
 *   BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_disk_detach(boxd_disk *disk, boxd_box *box, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data);

/**
 * Destroys a disk and its content for good. RPC: DestroyDisk. The handle stays valid and is freed by its
 * owner.
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it is attached), BOXD_ERR_NOT_FOUND. Runs
 *   on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_disk_destroy(boxd_disk *disk, const boxd_call_options *call, boxd_done_cb callback,
                                    void *user_data);

BOXD_END_DECLS

#endif
