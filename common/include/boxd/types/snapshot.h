/**
 * @file types/snapshot.h
 * Snapshots: the handle, what is known of one, and how to make a box of one.
 */
#ifndef BOXD_TYPES_SNAPSHOT_H
#define BOXD_TYPES_SNAPSHOT_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * A box's files and settings at one moment, under a name, of which boxes are made (today's service). Taking
 * it again under the same name makes a new version. Immutable and counted: safe from any thread, on either
 * surface, and after its client was closed.
 *
 * Handles that a call returned and those made of a name or id by boxd_snapshot_from_name() can do the same.
 */
typedef struct boxd_snapshot boxd_snapshot;

/**
 * What the service said of a snapshot in the answer that made the handle; not updated later
 * (boxd_snapshot_get() asks again). Strings are NULL and numbers 0 where that answer does not carry them:
 *
 * | field | create | get, list | handle |
 * |---|---|---|---|
 * | id, name | yes | yes | the one given |
 * | version, status | yes | yes | absent |
 * | paused_automations | yes | absent | absent |
 * | all others | absent | yes | absent |
 */
typedef struct boxd_snapshot_info {
    const char *id;
    const char *name;
    const char *status; /**< "pending", "ready" or "failed"; unknown words pass through */
    /** create: the version being taken; get, list: the one that boxes are made of now. 0: none. */
    uint64_t version;
    uint64_t size_bytes;
    int64_t created_at_ms; /**< unix milliseconds */
    int64_t updated_at_ms; /**< unix milliseconds */
    uint32_t vcpu;         /**< of the box it was taken of */
    uint64_t memory_bytes;
    uint64_t use_count;          /**< how many boxes were made of it */
    uint64_t failed_version;     /**< the last version that could not be taken; 0: none */
    const char *failure_reason;  /**< why it could not; or NULL */
    bool archived;               /**< it must be brought back before a box is made of it */
    const char *storage;         /**< "archiving", "archived" or "unarchiving"; NULL: at hand */
    uint32_t paused_automations; /**< how many automations taking it has paused */
    const char *org;             /**< the org it was asked of, which calls on the handle name; or NULL */
} boxd_snapshot_info;

/**
 * A handle for the snapshot of this name or id, without asking the service: see boxd_snapshot.
 *
 * @param compute    the client that calls on the handle will use
 * @param name_or_id copied; of the credential's own org
 * @param error      or NULL
 * @return the handle, owned by the caller (boxd_snapshot_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no client,
 * or an empty name), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_snapshot *boxd_snapshot_from_name(boxd_compute *compute, const char *name_or_id,
                                                boxd_error *error);

/** What is known of `snapshot`. Lives as long as the snapshot. NULL for NULL. */
BOXD_API const boxd_snapshot_info *boxd_snapshot_get_info(const boxd_snapshot *snapshot);

/** The snapshot's id. Lives as long as the snapshot. NULL for NULL, and for a handle made of a name. */
BOXD_API const char *boxd_snapshot_id(const boxd_snapshot *snapshot);

/** One more owner of `snapshot`, e.g. to keep an item of a list that is freed. Returns `snapshot`; NULL for
 * NULL. */
BOXD_API boxd_snapshot *boxd_snapshot_ref(boxd_snapshot *snapshot);

/** Frees the handle, not the snapshot. NULL is allowed. Calls in flight on it go on. */
BOXD_API void boxd_snapshot_free(boxd_snapshot *snapshot);

/** Snapshots, in the service's order. The list owns its items; boxd_snapshot_ref() keeps one beyond it. */
typedef struct boxd_snapshots {
    size_t count;
    boxd_snapshot *const *items;
} boxd_snapshots;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_snapshots_free(boxd_snapshots *snapshots);

/** Which snapshots boxd_snapshot_list() and boxd_snapshot_get() ask for. */
typedef struct boxd_snapshot_create_options {
    size_t size;
    boxd_call_options call;
    const char *org; /**< name or id of the org that owns them; NULL: the credential's */
} boxd_snapshot_create_options;

#define BOXD_SNAPSHOT_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_create_options)

typedef struct boxd_snapshot_wait_until_ready_options {
    size_t size;
    boxd_call_options call; /**< by default 10 minutes */
    int64_t interval_ms;    /**< milliseconds between two questions; 0: 500 */
} boxd_snapshot_wait_until_ready_options;

#define BOXD_SNAPSHOT_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_wait_until_ready_options)

typedef struct boxd_snapshot_create_box_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< a DNS label; NULL: the service picks */
    /** Sizes and timeouts that are to differ from the snapshot's, or NULL; env, cmd and restart_policy must
     * not be set: they are the snapshot's. */
    const boxd_box_config *config;
    const char *org;           /**< name or id of the org that owns the box; NULL: the credential's */
    const char *const *labels; /**< "key=value" words, NULL-terminated; or NULL */
    bool isolated;             /**< cut off from other machines and the metadata service, for good */
    char reserved_[7];
} boxd_snapshot_create_box_options;

#define BOXD_SNAPSHOT_CREATE_BOX_OPTIONS_INIT BOXD_SIZED(boxd_snapshot_create_box_options)

BOXD_END_DECLS

#endif
