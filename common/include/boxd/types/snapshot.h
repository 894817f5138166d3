/**
 * @file boxd/types/snapshot.h
 * Snapshots of service 0.2.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_SNAPSHOT_H
#define BOXD_TYPES_SNAPSHOT_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * A handle of a snapshot: the files and settings of a box at one moment, under a name, from which boxes are
 * made (service 0.2). Taking a snapshot again under the same name makes a new version. The handle is
 * immutable and counted: it is safe to use from any thread, by both APIs, and after its client was closed.
 *
 * boxd_snapshot_from_name() makes a handle from a name or an id; it can be used like a handle that a call
 * returned.
 */
typedef struct boxd_snapshot boxd_snapshot;

/**
 * What the service sent about a snapshot in the response that made the handle. It is not updated later;
 * boxd_snapshot_get() returns a new handle. A string is NULL and a number is 0 where the response does not
 * have it:
 *
 * | field | create | get, list | handle |
 * |---|---|---|---|
 * | id, name | yes | yes | the given one |
 * | version, status | yes | yes | no |
 * | paused_automations | yes | no | no |
 * | all others | no | yes | no |
 */
typedef struct boxd_snapshot_info {
    /** The id of the snapshot. */
    const char *id;
    /** The name of the snapshot. */
    const char *name;
    /** "pending", "ready" or "failed". An unknown status is passed through. */
    const char *status;
    /** After create: the version that is being taken. After get and list: the version from which boxes are
     * made. 0: no version. */
    uint64_t version;
    /** The size of the snapshot. */
    uint64_t size_bytes;
    /** When the snapshot was made. */
    int64_t created_at_ms;
    /** When the snapshot was last changed. */
    int64_t updated_at_ms;
    /** Of the box from which the snapshot was taken. */
    uint32_t vcpu;
    /** Of the box from which the snapshot was taken. */
    uint64_t memory_bytes;
    /** How many boxes were made from the snapshot. */
    uint64_t use_count;
    /** The last version that could not be taken. 0: none. */
    uint64_t failed_version;
    /** Why `failed_version` could not be taken; or NULL. */
    const char *failure_reason;
    /** Whether the snapshot must be unarchived before boxes can be made from it. */
    bool archived;
    /** "archiving", "archived" or "unarchiving". NULL: not archived. */
    const char *storage;
    /** How many automations were paused when the snapshot was taken. */
    uint32_t paused_automations;
    /** The org that was given to the call that made the handle; calls on the handle send it. Or NULL. */
    const char *org;
} boxd_snapshot_info;

/**
 * Makes a handle from the name or id of a snapshot, without a request.
 *
 * @param compute    the client for calls on the handle
 * @param name_or_id copied; of a snapshot in the org of the credential
 * @param error      or NULL
 * @return the handle, freed with boxd_snapshot_free(). NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or an
 * empty name), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_snapshot *boxd_snapshot_from_name(boxd_compute *compute, const char *name_or_id,
                                                boxd_error *error);

/** The information about `snapshot`. Valid as long as the handle. NULL for NULL. */
BOXD_API const boxd_snapshot_info *boxd_snapshot_get_info(const boxd_snapshot *snapshot);

/** The id of the snapshot. Valid as long as the handle. NULL for NULL, and for a handle made from a name. */
BOXD_API const char *boxd_snapshot_id(const boxd_snapshot *snapshot);

/** Adds a reference to `snapshot`, for example to keep an item of a list that is freed. Returns `snapshot`;
 * NULL for NULL. */
BOXD_API boxd_snapshot *boxd_snapshot_ref(boxd_snapshot *snapshot);

/** Releases a reference to the handle. The snapshot itself is kept, and calls in flight continue. NULL is
 * allowed. */
BOXD_API void boxd_snapshot_free(boxd_snapshot *snapshot);

/** Snapshots in the order of the service. The list owns its items: boxd_snapshot_ref() keeps an item longer.
 */
typedef struct boxd_snapshots {
    /** The number of items. */
    size_t count;
    /** The snapshots. They belong to the list. */
    boxd_snapshot *const *items;
} boxd_snapshots;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_snapshots_free(boxd_snapshots *snapshots);

/** Whose snapshots boxd_snapshot_list() and boxd_snapshot_get() look at. */
typedef struct boxd_snapshot_list_options {
    size_t size;
    boxd_call_options call;
    /** Name or id of the org that owns them. NULL: the org of the credential. */
    const char *org;
} boxd_snapshot_list_options;

#define BOXD_SNAPSHOT_LIST_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_list_options)

typedef struct boxd_snapshot_wait_until_ready_options {
    size_t size;
    /** The default timeout is 10 minutes. */
    boxd_call_options call;
    /** Time between two requests. 0: 500. */
    int64_t interval_ms;
} boxd_snapshot_wait_until_ready_options;

#define BOXD_SNAPSHOT_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_wait_until_ready_options)

typedef struct boxd_snapshot_create_box_options {
    size_t size;
    boxd_call_options call;
    /** A DNS label. NULL: the service chooses the name. */
    const char *name;
    /** Sizes and timeouts that differ from the snapshot, or NULL. `env`, `cmd` and `restart_policy` must not
     * be set: the snapshot has them. */
    const boxd_box_config *config;
    /** Name or id of the org that owns the box. NULL: the org of the credential. */
    const char *org;
    /** "key=value" strings that end with NULL; or NULL. */
    const char *const *labels;
    /** Whether the box is cut off from other machines and from the metadata service. Cannot be changed later.
     */
    bool isolated;
    char reserved_[7];
} boxd_snapshot_create_box_options;

#define BOXD_SNAPSHOT_CREATE_BOX_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_create_box_options)

BOXD_END_DECLS

#endif
