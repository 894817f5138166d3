/**
 * @file boxd/checkpoint.h
 * Checkpoints of boxes. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_CHECKPOINT_H
#define BOXD_CHECKPOINT_H

#include <boxd/compute.h>
#include <boxd/types/checkpoint.h>

BOXD_BEGIN_DECLS

/**
 * Starts saving the files of a running box as a checkpoint. boxd_checkpoint_wait_until_ready() waits until
 * the checkpoint can be restored.
 *
 * @param name not empty; the box must have no checkpoint of this name
 *
 * @li Result: the checkpoint, still pending, freed with boxd_checkpoint_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (the name), BOXD_ERR_ALREADY_EXISTS (the name is taken),
 *   BOXD_ERR_FAILED_PRECONDITION (the box is not running), BOXD_ERR_NOT_FOUND
 * @li RPC: CreateCheckpoint (service 0.2)
 */
BOXD_API boxd_checkpoint *boxd_checkpoint_create(boxd_box *box, const char *name,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Lists the checkpoints of a box.
 *
 * @li Result: the list, possibly empty, freed with boxd_checkpoints_free()
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: ListCheckpoints (service 0.2)
 */
BOXD_API boxd_checkpoints *boxd_checkpoint_list(boxd_box *box, const boxd_call_options *call,
                                                boxd_error *error);

/**
 * Replaces the files of a box by those of a checkpoint and restarts the box. Changes made after the
 * checkpoint are lost.
 *
 * @param name not empty
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the checkpoint is not ready), BOXD_ERR_NOT_FOUND (the
 *   checkpoint or the box)
 * @li RPC: RestoreCheckpoint (service 0.2)
 */
BOXD_API boxd_status boxd_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                             boxd_error *error);

/**
 * Deletes a checkpoint. The box is not changed.
 *
 * @param name not empty
 *
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: DeleteCheckpoint (service 0.2)
 */
BOXD_API boxd_status boxd_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Waits until a checkpoint can be restored, by default for 10 minutes at most.
 *
 * @param name the name of the checkpoint
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (taking the checkpoint failed), BOXD_ERR_NOT_FOUND (the
 *   checkpoint or the box), BOXD_ERR_TIMEOUT (the message says why the checkpoint was not ready)
 * @li RPC: ListCheckpoints (service 0.2) until the checkpoint is ready
 */
BOXD_API boxd_status boxd_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                                      const boxd_checkpoint_wait_until_ready_options *options,
                                                      boxd_error *error);

BOXD_END_DECLS

#endif
