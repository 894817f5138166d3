/**
 * @file box.h
 * Boxes, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_BOX_H
#define BOXD_BOX_H

#include <boxd/compute.h>
#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * Creates a box. RPC: CreateVm. Never sent twice.
 *
 * @param options NULL: all defaults
 * @param error   or NULL
 * @return the box, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (a name that is no
 * DNS label, a malformed size, environment or path), BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_QUOTA,
 * BOXD_ERR_TIMEOUT (the box may exist all the same: the error's `sent` says)
 */
BOXD_API boxd_box *boxd_box_create(boxd_compute *compute, const boxd_box_create_options *options,
                                   boxd_error *error);

/**
 * Makes a box with the files and, where the service can, the running state of another. RPC: ForkVm. Never
 * sent twice.
 *
 * @param source  the box to copy; not changed
 * @param options NULL: all defaults
 * @param error   or NULL
 * @return the new box, with `forked_from` set, owned by the caller (boxd_box_free()); NULL: as
 * boxd_box_create()
 */
BOXD_API boxd_box *boxd_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_error *error);

/**
 * Finds a box by name or id. RPC: GetVm; on NOT_FOUND ListVms and a match by name.
 *
 * @param name_or_id not empty
 * @param call  or NULL
 * @param error or NULL
 * @return the box, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_box *boxd_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                                boxd_error *error);

/**
 * Lists all boxes of the account. RPC: ListVms.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_boxes_free()); NULL on failure
 */
BOXD_API boxd_boxes *boxd_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error);

/**
 * Destroys the machine for good. RPC: DestroyVm. The handle stays valid until boxd_box_free().
 *
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND when it is gone already
 */
BOXD_API boxd_status boxd_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Starts a stopped box. RPC: StartVm.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (its state does not allow it), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_start(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Stops a box: its processes end, its files stay. RPC: StopVm. Files written shortly before may be lost by it
 * without a `sync` in the box.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return as boxd_box_start()
 */
BOXD_API boxd_status boxd_box_stop(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Stops and starts a box. RPC: RebootVm.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return as boxd_box_start()
 */
BOXD_API boxd_status boxd_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Suspends a running box: its processes stop where they are. RPC: SuspendVm.
 *
 * @param call         or NULL
 * @param microseconds set to how long it took, as the service says; or NULL
 * @param error        or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (it does not run), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_suspend(boxd_box *box, const boxd_call_options *call, uint64_t *microseconds,
                                      boxd_error *error);

/**
 * Resumes a suspended box. RPC: ResumeVm.
 *
 * @param call         or NULL
 * @param microseconds set to how long it took, as the service says; or NULL
 * @param error        or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (it is not suspended), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_resume(boxd_box *box, const boxd_call_options *call, uint64_t *microseconds,
                                     boxd_error *error);

BOXD_END_DECLS

#endif
