/**
 * @file boxd/aio/checkpoint.h
 * The async twins of boxd/checkpoint.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_CHECKPOINT_H
#define BOXD_AIO_CHECKPOINT_H

#include <boxd/aio/box.h>
#include <boxd/types/checkpoint.h>

BOXD_BEGIN_DECLS

/** Receives a checkpoint. The callback owns it: boxd_checkpoint_free(). */
typedef void (*boxd_checkpoint_cb)(boxd_checkpoint *checkpoint, const boxd_error *error, void *user_data);

/** Receives a list of checkpoints. The callback owns it: boxd_checkpoints_free(). */
typedef void (*boxd_checkpoints_cb)(boxd_checkpoints *checkpoints, const boxd_error *error, void *user_data);

/** Async twin of boxd_checkpoint_create(). @copydoc boxd_checkpoint_create */
BOXD_API void boxd_aio_checkpoint_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                         boxd_checkpoint_cb callback, void *user_data);

/** Async twin of boxd_checkpoint_list(). @copydoc boxd_checkpoint_list */
BOXD_API void boxd_aio_checkpoint_list(boxd_box *box, const boxd_call_options *call,
                                       boxd_checkpoints_cb callback, void *user_data);

/** Async twin of boxd_checkpoint_restore(). @copydoc boxd_checkpoint_restore */
BOXD_API void boxd_aio_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                          boxd_done_cb callback, void *user_data);

/** Async twin of boxd_checkpoint_delete(). @copydoc boxd_checkpoint_delete */
BOXD_API void boxd_aio_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                         boxd_done_cb callback, void *user_data);

/** Async twin of boxd_checkpoint_wait_until_ready(). @copydoc boxd_checkpoint_wait_until_ready */
BOXD_API void boxd_aio_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                                   const boxd_checkpoint_wait_until_ready_options *options,
                                                   boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
