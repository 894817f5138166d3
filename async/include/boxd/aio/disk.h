/**
 * @file boxd/aio/disk.h
 * The async twins of boxd/disk.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_DISK_H
#define BOXD_AIO_DISK_H

#include <boxd/aio/box.h>
#include <boxd/types/disk.h>

BOXD_BEGIN_DECLS

/** Receives a disk. The callback owns it: boxd_disk_free(). */
typedef void (*boxd_disk_cb)(boxd_disk *disk, const boxd_error *error, void *user_data);

/** Receives a list of disks. The callback owns it: boxd_disks_free(). */
typedef void (*boxd_disks_cb)(boxd_disks *disks, const boxd_error *error, void *user_data);

/** Async twin of boxd_disk_create(). @copydoc boxd_disk_create */
BOXD_API void boxd_aio_disk_create(boxd_compute *compute, const char *name, const char *size,
                                   const boxd_call_options *call, boxd_disk_cb callback, void *user_data);

/** Async twin of boxd_disk_get(). @copydoc boxd_disk_get */
BOXD_API void boxd_aio_disk_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                                boxd_disk_cb callback, void *user_data);

/** Async twin of boxd_disk_list(). @copydoc boxd_disk_list */
BOXD_API void boxd_aio_disk_list(boxd_compute *compute, const boxd_call_options *call, boxd_disks_cb callback,
                                 void *user_data);

/** Async twin of boxd_disk_attach(). @copydoc boxd_disk_attach */
BOXD_API void boxd_aio_disk_attach(boxd_disk *disk, boxd_box *box, const char *mount_path, bool read_only,
                                   const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_disk_detach(). @copydoc boxd_disk_detach */
BOXD_API void boxd_aio_disk_detach(boxd_disk *disk, boxd_box *box, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data);

/** Async twin of boxd_disk_destroy(). @copydoc boxd_disk_destroy */
BOXD_API void boxd_aio_disk_destroy(boxd_disk *disk, const boxd_call_options *call, boxd_done_cb callback,
                                    void *user_data);

BOXD_END_DECLS

#endif
