/**
 * @file aio/checkpoint.h
 * Checkpoints, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_CHECKPOINT_H
#define BOXD_AIO_CHECKPOINT_H

#include <boxd/aio/box.h>
#include <boxd/types/checkpoint.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a checkpoint. @param checkpoint owned by the callback; NULL on failure */
typedef void (*boxd_checkpoint_cb)(boxd_checkpoint *checkpoint, const boxd_error *error, void *user_data);

/** Ends a call that returns checkpoints. @param checkpoints owned by the callback; NULL on failure */
typedef void (*boxd_checkpoints_cb)(boxd_checkpoints *checkpoints, const boxd_error *error, void *user_data);

/**
 * Begins to keep the files of a running box under a name. RPC: CreateCheckpoint (today's service). Never
 * sent twice. boxd_aio_checkpoint_wait_until_ready() waits until it can be restored.
 *
 * @param name not empty; of the box's checkpoints
 * @param call or NULL
 * @param callback gets the checkpoint, still pending, or: BOXD_ERR_INVALID_ARGUMENT (the name),
 *   BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_FAILED_PRECONDITION (the box does not run),
 *   BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_checkpoint_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                         boxd_checkpoint_cb callback, void *user_data);

/**
 * Lists the checkpoints of a box. RPC: ListCheckpoints (today's service).
 *
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: BOXD_ERR_NOT_FOUND. Runs on the core thread or in
 *   dispatch.
 */
BOXD_API void boxd_aio_checkpoint_list(boxd_box *box, const boxd_call_options *call,
                                       boxd_checkpoints_cb callback, void *user_data);

/**
 * Gives a box the files of a checkpoint, and starts it anew. RPC: RestoreCheckpoint (today's service). What
 * was written since is lost.
 *
 * @param name not empty
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it is not ready), BOXD_ERR_NOT_FOUND (the
 *   checkpoint or the box). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                          boxd_done_cb callback, void *user_data);

/**
 * Deletes a checkpoint; the box stays as it is. RPC: DeleteCheckpoint (today's service).
 *
 * @param name not empty
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                         boxd_done_cb callback, void *user_data);

/**
 * Waits until a checkpoint can be restored. RPC: ListCheckpoints (today's service) until it is ready. By
 * default 10 minutes.
 *
 * @param name    the checkpoint's
 * @param options NULL: all defaults; borrowed until this returns
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it could not be taken), BOXD_ERR_NOT_FOUND
 * (no such box or checkpoint), BOXD_ERR_TIMEOUT (with what stood in the way last). Runs on the core thread or
 * in dispatch.
 */
BOXD_API void boxd_aio_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                                   const boxd_checkpoint_wait_until_ready_options *options,
                                                   boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
