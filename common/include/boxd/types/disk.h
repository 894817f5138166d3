/**
 * @file boxd/types/disk.h
 * Disks.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_DISK_H
#define BOXD_TYPES_DISK_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * A handle of a disk. A disk can be attached to one box at a time and is kept when the box is destroyed. The
 * handle is immutable and counted: it is safe to use from any thread, by both APIs, and after its client was
 * closed.
 *
 * boxd_disk_from_id() makes a handle from an id; it can be used like a handle that a call returned.
 * boxd_disk_get() finds a disk by its name.
 */
typedef struct boxd_disk boxd_disk;

/** Where a disk is attached. */
typedef struct boxd_disk_attachment {
    /** The id of the box. */
    const char *box_id;
    /** The name of the box. */
    const char *box_name;
    /** The path in the box. */
    const char *mount_path;
    /** Whether the box can only read the disk. */
    bool read_only;
} boxd_disk_attachment;

/**
 * What the service sent about a disk in the response that made the handle. It is not updated later;
 * boxd_disk_list() returns new handles. A string is NULL and a number is 0 where the response does not have
 * it:
 *
 * | field | create | list | handle |
 * |---|---|---|---|
 * | id | yes | yes | the given id |
 * | name, size_bytes, status | yes | yes | no |
 * | attachments | no | yes | no |
 * | created_at_ms | no | service 0.2 | no |
 */
typedef struct boxd_disk_info {
    /** The id of the disk. */
    const char *id;
    /** The name of the disk. */
    const char *name;
    /** The size of the disk. */
    uint64_t size_bytes;
    /** "creating", "ready" or "destroyed". An unknown status is passed through. */
    const char *status;
    /** 0: not sent. */
    int64_t created_at_ms;
    /** The number of `attachments`. */
    size_t attachment_count;
    /** The boxes that have the disk attached. */
    const boxd_disk_attachment *const *attachments;
} boxd_disk_info;

/**
 * Makes a handle from the id of a disk, without a request.
 *
 * @param compute the client for calls on the handle
 * @param id      copied
 * @param error   or NULL
 * @return the handle, freed with boxd_disk_free(). NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or an empty
 * id), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_disk *boxd_disk_from_id(boxd_compute *compute, const char *id, boxd_error *error);

/** The information about `disk`. Valid as long as the handle. NULL for NULL. */
BOXD_API const boxd_disk_info *boxd_disk_get_info(const boxd_disk *disk);

/** The id of the disk. Valid as long as the handle. NULL for NULL. */
BOXD_API const char *boxd_disk_id(const boxd_disk *disk);

/** Adds a reference to `disk`, for example to keep an item of a list that is freed. Returns `disk`; NULL for
 * NULL. */
BOXD_API boxd_disk *boxd_disk_ref(boxd_disk *disk);

/** Releases a reference to the handle. The disk itself is kept, and calls in flight continue. NULL is
 * allowed. */
BOXD_API void boxd_disk_free(boxd_disk *disk);

/** Disks in the order of the service. The list owns its items: boxd_disk_ref() keeps an item longer. */
typedef struct boxd_disks {
    /** The number of items. */
    size_t count;
    /** The disks. They belong to the list. */
    boxd_disk *const *items;
} boxd_disks;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_disks_free(boxd_disks *disks);

BOXD_END_DECLS

#endif
