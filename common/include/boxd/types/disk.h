/**
 * @file types/disk.h
 * Disks: the handle, and what is known of one.
 */
#ifndef BOXD_TYPES_DISK_H
#define BOXD_TYPES_DISK_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * A disk that outlives the boxes it is attached to, one box at a time. Immutable and counted: safe from any
 * thread, on either surface, and after its client was closed.
 *
 * Handles that a call returned and those made of an id by boxd_disk_from_id() can do the same;
 * boxd_disk_get() finds one by its name.
 */
typedef struct boxd_disk boxd_disk;

/** Where a disk is attached. */
typedef struct boxd_disk_attachment {
    const char *box_id;
    const char *box_name;
    const char *mount_path; /**< in the box */
    bool read_only;
} boxd_disk_attachment;

/**
 * What the service said of a disk in the answer that made the handle; not updated later (boxd_disk_list()
 * asks again). Strings are NULL and numbers 0 where that answer does not carry them:
 *
 * | field | create | list | handle |
 * |---|---|---|---|
 * | id | yes | yes | the one given |
 * | name, size_bytes, status | yes | yes | absent |
 * | attachments | absent | yes | absent |
 * | created_at_ms | absent | today | absent |
 *
 * "today": sent by today's service, not by that of 0.1.
 */
typedef struct boxd_disk_info {
    const char *id;
    const char *name;
    uint64_t size_bytes;
    const char *status;    /**< "creating", "ready" or "destroyed"; unknown words pass through */
    int64_t created_at_ms; /**< unix milliseconds; 0: not sent */
    size_t attachment_count;
    const boxd_disk_attachment *const *attachments;
} boxd_disk_info;

/**
 * A handle for the disk of this id, without asking the service: see boxd_disk.
 *
 * @param compute the client that calls on the handle will use
 * @param id      copied
 * @param error   or NULL
 * @return the handle, owned by the caller (boxd_disk_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or
 * an empty id), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_disk *boxd_disk_from_id(boxd_compute *compute, const char *id, boxd_error *error);

/** What is known of `disk`. Lives as long as the disk. NULL for NULL. */
BOXD_API const boxd_disk_info *boxd_disk_get_info(const boxd_disk *disk);

/** The disk's id. Lives as long as the disk. NULL for NULL. */
BOXD_API const char *boxd_disk_id(const boxd_disk *disk);

/** One more owner of `disk`, e.g. to keep an item of a list that is freed. Returns `disk`; NULL for NULL. */
BOXD_API boxd_disk *boxd_disk_ref(boxd_disk *disk);

/** Frees the handle, not the disk. NULL is allowed. Calls in flight on it go on. */
BOXD_API void boxd_disk_free(boxd_disk *disk);

/** Disks, in the service's order. The list owns its items; boxd_disk_ref() keeps one beyond it. */
typedef struct boxd_disks {
    size_t count;
    boxd_disk *const *items;
} boxd_disks;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_disks_free(boxd_disks *disks);

BOXD_END_DECLS

#endif
