/**
 * @file boxd/types/checkpoint.h
 * Checkpoints: the files of a box at one moment, kept beside the box.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_CHECKPOINT_H
#define BOXD_TYPES_CHECKPOINT_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/** The files of a box at one moment (service 0.2). A checkpoint is deleted together with its box. */
typedef struct boxd_checkpoint {
    /** The id of the checkpoint. */
    const char *id;
    /** The name of the checkpoint. */
    const char *name;
    /** "pending", "ready" or "failed". An unknown status is passed through. */
    const char *status;

    /* Set by boxd_checkpoint_list(). */
    /** 0: not sent. */
    uint64_t size_bytes;
    /** 0: not sent. */
    int64_t created_at_ms;
    /** Who made the checkpoint. NULL: not sent. */
    const char *created_by;
    /** Whether the box can be restored to the checkpoint now. */
    bool available;
} boxd_checkpoint;

/** Frees the record. The checkpoint itself is kept. NULL is allowed. */
BOXD_API void boxd_checkpoint_free(boxd_checkpoint *checkpoint);

/** The checkpoints of a box in the order of the service; freed with boxd_checkpoints_free(). */
typedef struct boxd_checkpoints {
    /** The number of items. */
    size_t count;
    /** The checkpoints. They belong to the list. */
    const boxd_checkpoint *const *items;
} boxd_checkpoints;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_checkpoints_free(boxd_checkpoints *checkpoints);

typedef struct boxd_checkpoint_wait_until_ready_options {
    size_t size;
    /** The default timeout is 10 minutes. */
    boxd_call_options call;
    /** Time between two requests. 0: 500. */
    int64_t interval_ms;
} boxd_checkpoint_wait_until_ready_options;

#define BOXD_CHECKPOINT_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_checkpoint_wait_until_ready_options)

BOXD_END_DECLS

#endif
