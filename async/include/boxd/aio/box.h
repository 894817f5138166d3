/**
 * @file aio/box.h
 * Boxes, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_BOX_H
#define BOXD_AIO_BOX_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a box. @param box owned by the callback; NULL on failure */
typedef void (*boxd_box_cb)(boxd_box *box, const boxd_error *error, void *user_data);

/** Ends a call that returns boxes. @param boxes owned by the callback; NULL on failure */
typedef void (*boxd_boxes_cb)(boxd_boxes *boxes, const boxd_error *error, void *user_data);

/** Ends a call that returns how long the service took. @param microseconds 0 on failure */
typedef void (*boxd_duration_cb)(boxd_status status, uint64_t microseconds, const boxd_error *error,
                                 void *user_data);

/**
 * Creates a box. RPC: CreateVm. Never sent twice.
 *
 * @param options borrowed until this returns; NULL: all defaults
 * @param callback gets the box, or: BOXD_ERR_INVALID_ARGUMENT (a name that is no DNS label, a malformed size,
 * environment or path), BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_QUOTA, BOXD_ERR_AUTHENTICATION,
 * BOXD_ERR_CONNECTION, BOXD_ERR_TIMEOUT (the box may exist all the same: the error's `sent` says). Runs on
 * the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_create(boxd_compute *compute, const boxd_box_create_options *options,
                                  boxd_box_cb callback, void *user_data);

/**
 * Makes a box with the files and, where the service can, the running state of another. RPC: ForkVm. Never
 * sent twice.
 *
 * @param source  the box to copy; not changed
 * @param options borrowed until this returns; NULL: all defaults
 * @param callback gets the new box, with `forked_from` set, or as in boxd_aio_box_create(). Runs on the core
 * thread or in dispatch.
 */
BOXD_API void boxd_aio_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_box_cb callback,
                                void *user_data);

/**
 * Finds a box by name or id. RPC: GetVm; on NOT_FOUND ListVms and a match by name.
 *
 * @param name_or_id not empty
 * @param call or NULL
 * @param callback gets the box, or BOXD_ERR_NOT_FOUND, and what any call may end in. Runs on the core thread
 * or in dispatch.
 */
BOXD_API void boxd_aio_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                               boxd_box_cb callback, void *user_data);

/**
 * Lists all boxes of the account. RPC: ListVms.
 *
 * @param call or NULL
 * @param callback gets the list (possibly empty). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_boxes_cb callback,
                                void *user_data);

/**
 * Destroys the machine for good. RPC: DestroyVm. The handle stays valid and is freed by its owner.
 *
 * @param call or NULL
 * @param callback BOXD_OK, or BOXD_ERR_NOT_FOUND when it is gone already. Runs on the core thread or in
 * dispatch.
 */
BOXD_API void boxd_aio_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                   void *user_data);

/**
 * Starts a stopped box. RPC: StartVm.
 *
 * @param call or NULL
 * @param callback BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (its state does not allow it), BOXD_ERR_NOT_FOUND.
 * Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_start(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                 void *user_data);

/**
 * Stops a box: its processes end, its files stay. RPC: StopVm. Files written shortly before may be lost by it
 * without a `sync` in the box.
 *
 * @param call or NULL
 * @param callback as in boxd_aio_box_start()
 */
BOXD_API void boxd_aio_box_stop(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data);

/**
 * Stops and starts a box. RPC: RebootVm.
 *
 * @param call or NULL
 * @param callback as in boxd_aio_box_start()
 */
BOXD_API void boxd_aio_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                  void *user_data);

/**
 * Suspends a running box: its processes stop where they are. RPC: SuspendVm.
 *
 * @param call or NULL
 * @param callback gets how long it took, in microseconds as the service says, or BOXD_ERR_FAILED_PRECONDITION
 * (it does not run), BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_suspend(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                                   void *user_data);

/**
 * Resumes a suspended box. RPC: ResumeVm.
 *
 * @param call or NULL
 * @param callback as in boxd_aio_box_suspend(); BOXD_ERR_FAILED_PRECONDITION: it is not suspended. Runs on
 * the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_resume(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                                  void *user_data);

BOXD_END_DECLS

#endif
