/**
 * @file checkpoint.h
 * Checkpoints, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_CHECKPOINT_H
#define BOXD_CHECKPOINT_H

#include <boxd/compute.h>
#include <boxd/types/checkpoint.h>

BOXD_BEGIN_DECLS

/**
 * Begins to keep the files of a running box under a name. RPC: CreateCheckpoint (today's service). Never
 * sent twice. boxd_checkpoint_wait_until_ready() waits until it can be restored.
 *
 * @param name not empty; of the box's checkpoints
 * @param call or NULL
 * @param error or NULL
 * @return the checkpoint, still pending, owned by the caller (boxd_checkpoint_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (the name), BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_FAILED_PRECONDITION
 *   (the box does not run), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_checkpoint *boxd_checkpoint_create(boxd_box *box, const char *name,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Lists the checkpoints of a box. RPC: ListCheckpoints (today's service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_checkpoints_free()); NULL: BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_checkpoints *boxd_checkpoint_list(boxd_box *box, const boxd_call_options *call,
                                                boxd_error *error);

/**
 * Gives a box the files of a checkpoint, and starts it anew. RPC: RestoreCheckpoint (today's service). What
 * was written since is lost.
 *
 * @param name not empty
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it is not ready), BOXD_ERR_NOT_FOUND (the checkpoint
 *   or the box)
 */
BOXD_API boxd_status boxd_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                             boxd_error *error);

/**
 * Deletes a checkpoint; the box stays as it is. RPC: DeleteCheckpoint (today's service).
 *
 * @param name not empty
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Waits until a checkpoint can be restored. RPC: ListCheckpoints (today's service) until it is ready. By
 * default 10 minutes.
 *
 * @param name    the checkpoint's
 * @param options NULL: all defaults
 * @param error   or NULL
 * @return BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it could not be taken), BOXD_ERR_NOT_FOUND (no such box
 * or checkpoint), BOXD_ERR_TIMEOUT (with what stood in the way last)
 */
BOXD_API boxd_status boxd_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                                      const boxd_checkpoint_wait_until_ready_options *options,
                                                      boxd_error *error);

BOXD_END_DECLS

#endif
