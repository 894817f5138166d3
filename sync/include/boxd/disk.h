/**
 * @file boxd/disk.h
 * Disks. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_DISK_H
#define BOXD_DISK_H

#include <boxd/compute.h>
#include <boxd/types/disk.h>

BOXD_BEGIN_DECLS

/**
 * Creates a disk.
 *
 * @param name not empty
 * @param size not empty; e.g. "10G", "512MiB" (powers of 1024)
 *
 * @li Result: the disk, freed with boxd_disk_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (no name; no size or a malformed one), BOXD_ERR_ALREADY_EXISTS (the
 *   name is taken), BOXD_ERR_QUOTA
 * @li RPC: CreateDisk
 */
BOXD_API boxd_disk *boxd_disk_create(boxd_compute *compute, const char *name, const char *size,
                                     const boxd_call_options *call, boxd_error *error);

/**
 * Finds a disk by its name or id. The service has no RPC for a single disk, so the call costs as much as
 * boxd_disk_list().
 *
 * @param name_or_id not empty
 *
 * @li Result: the disk, freed with boxd_disk_free()
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: ListDisks
 */
BOXD_API boxd_disk *boxd_disk_get(boxd_compute *compute, const char *name_or_id,
                                  const boxd_call_options *call, boxd_error *error);

/**
 * Lists all disks of the account, with their attachments.
 *
 * @li Result: the list, possibly empty, freed with boxd_disks_free()
 * @li RPC: ListDisks
 */
BOXD_API boxd_disks *boxd_disk_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error);

/**
 * Attaches a disk to a box. The disk is mounted at `mount_path` at once. A disk is attached to at most one
 * box; it is kept when the box is destroyed.
 *
 * @param box        the box that gets the disk
 * @param mount_path an absolute path in the box; created if it does not exist
 * @param read_only  whether the box can only read the disk
 *
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (no path, or a relative one; handles of different clients),
 *   BOXD_ERR_FAILED_PRECONDITION (the disk is attached already, or the path is in use), BOXD_ERR_NOT_FOUND
 *   (the disk or the box)
 * @li RPC: AttachDisk
 */
BOXD_API boxd_status boxd_disk_attach(boxd_disk *disk, boxd_box *box, const char *mount_path, bool read_only,
                                      const boxd_call_options *call, boxd_error *error);

/**
 * Detaches a disk from a box. The content of the disk is kept.
 *
 * @param box the box that the disk is attached to
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the disk is not attached to the box, or is in use there),
 *   BOXD_ERR_NOT_FOUND
 * @li RPC: DetachDisk
 */
BOXD_API boxd_status boxd_disk_detach(boxd_disk *disk, boxd_box *box, const boxd_call_options *call,
                                      boxd_error *error);

/**
 * Destroys a disk and its content for good. The handle stays valid until boxd_disk_free().
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the disk is attached), BOXD_ERR_NOT_FOUND
 * @li RPC: DestroyDisk
 */
BOXD_API boxd_status boxd_disk_destroy(boxd_disk *disk, const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
