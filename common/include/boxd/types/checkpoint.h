/**
 * @file types/checkpoint.h
 * Checkpoints: the files of a box at one moment, kept beside it.
 */
#ifndef BOXD_TYPES_CHECKPOINT_H
#define BOXD_TYPES_CHECKPOINT_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/** The files of a box at one moment (today's service). It goes when its box goes. */
typedef struct boxd_checkpoint {
    const char *id;
    const char *name;
    const char *status; /**< "pending", "ready" or "failed"; unknown words pass through */

    /* Told by boxd_checkpoint_list(). */
    uint64_t size_bytes;
    int64_t created_at_ms; /**< unix milliseconds */
    const char *created_by;
    bool available; /**< it can be restored now */
} boxd_checkpoint;

/** Frees a checkpoint's record, not the checkpoint. NULL is allowed. */
BOXD_API void boxd_checkpoint_free(boxd_checkpoint *checkpoint);

/** Checkpoints of a box, in the service's order. */
typedef struct boxd_checkpoints {
    size_t count;
    const boxd_checkpoint *const *items;
} boxd_checkpoints;

/** Frees the list and all that its items point to. NULL is allowed. */
BOXD_API void boxd_checkpoints_free(boxd_checkpoints *checkpoints);

typedef struct boxd_checkpoint_wait_until_ready_options {
    size_t size;
    boxd_call_options call; /**< by default 10 minutes */
    int64_t interval_ms;    /**< milliseconds between two questions; 0: 500 */
} boxd_checkpoint_wait_until_ready_options;

#define BOXD_CHECKPOINT_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_checkpoint_wait_until_ready_options)

BOXD_END_DECLS

#endif
