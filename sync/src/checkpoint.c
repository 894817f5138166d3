/*
 * checkpoint.c: the blocking functions for checkpoints. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/checkpoint.h>
#include <boxd/checkpoint.h>

WAITER_CALLBACK(on_checkpoint, boxd_checkpoint)
WAITER_CALLBACK(on_checkpoints, boxd_checkpoints)

boxd_checkpoint *boxd_checkpoint_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                        boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_checkpoint_create(box, name, call, on_checkpoint, &w));
}

boxd_checkpoints *boxd_checkpoint_list(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_checkpoint_list(box, call, on_checkpoints, &w));
}

boxd_status boxd_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                    boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_checkpoint_restore(box, name, call, waiter_on_done, &w));
}

boxd_status boxd_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                   boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_checkpoint_delete(box, name, call, waiter_on_done, &w));
}

boxd_status boxd_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                             const boxd_checkpoint_wait_until_ready_options *options,
                                             boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_checkpoint_wait_until_ready(box, name, options, waiter_on_done, &w));
}
