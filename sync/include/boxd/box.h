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
 * @param duration_us set to how long it took, in microseconds as the service says; or NULL
 * @param error        or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (it does not run), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_suspend(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                                      boxd_error *error);

/**
 * Resumes a suspended box. RPC: ResumeVm.
 *
 * @param call         or NULL
 * @param duration_us set to how long it took, in microseconds as the service says; or NULL
 * @param error        or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (it is not suspended), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_resume(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                                     boxd_error *error);

/**
 * The box of a name, made if there is none. RPC: GetVm; on NOT_FOUND ListVms, then CreateVm; GetVm again when
 * the name was taken meanwhile, or when the answer of CreateVm was lost, so that what it made is adopted and
 * never made twice. Options but the name say nothing of a box that exists already.
 *
 * @param options the name must be set
 * @param created set to whether this call made it; or NULL
 * @param error or NULL
 * @return the box, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no name), and as
 *   boxd_box_create()
 */
BOXD_API boxd_box *boxd_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                          bool *created, boxd_error *error);

/**
 * Lists the boxes that `options` select: of an org, or with labels. RPC: ListVms. Labels are compared here
 * once more, since servers from before them ignore the selector.
 *
 * @param options NULL: all boxes
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_boxes_free()); NULL: BOXD_ERR_NOT_FOUND (the
 *   org), BOXD_ERR_PERMISSION_DENIED
 */
BOXD_API boxd_boxes *boxd_box_find(boxd_compute *compute, const boxd_box_find_options *options,
                                   boxd_error *error);

/**
 * Waits until a command runs in the box. RPC: GetVm until it runs, then Exec of `true` until that succeeds.
 * A box that sleeps is woken by the command. By default 90 s. What waiting does not heal
 * (authentication, permission, quota) ends it at once.
 *
 * @param options NULL: all defaults
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it is stopped, failed or destroyed: waiting would not
 *   help), BOXD_ERR_NOT_FOUND, BOXD_ERR_TIMEOUT (with what stood in the way last)
 */
BOXD_API boxd_status boxd_box_wait_until_ready(boxd_box *box,
                                               const boxd_box_wait_until_ready_options *options,
                                               boxd_error *error);

/**
 * Puts a running box to sleep on disk: its processes stop where they are. RPC: HibernateVm (today's
 * service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: as boxd_box_start()
 */
BOXD_API boxd_status boxd_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Wakes a hibernated box. RPC: WakeVm (today's service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: as boxd_box_start()
 */
BOXD_API boxd_status boxd_box_wake(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Gives the box another name and reboots it. RPC: RenameVm (today's service). Handles that exist keep
 * telling the old one.
 *
 * @param name a DNS label
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_rename(boxd_box *box, const char *name, const boxd_call_options *call,
                                     boxd_error *error);

/**
 * Gives the box another size; a running one is rebooted. RPC: ResizeVm (today's service).
 *
 * @param vcpu 0: as the memory wants it
 * @param memory e.g. "8G"; NULL: as the vcpus want it
 * @param call or NULL
 * @param error or NULL
 * @return the size it has now, owned by the caller (boxd_box_size_free()); NULL: BOXD_ERR_INVALID_ARGUMENT
 *   (neither is given, or no such size), BOXD_ERR_QUOTA, BOXD_ERR_FAILED_PRECONDITION (it sleeps)
 */
BOXD_API boxd_box_size *boxd_box_resize(boxd_box *box, uint32_t vcpu, const char *memory,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Sets and removes labels. RPC: UpdateVmLabels (today's service).
 *
 * @param options what to set and remove; NULL: nothing
 * @param error or NULL
 * @return all labels that it has now, owned by the caller (boxd_labels_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (a malformed label), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_labels *boxd_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                             boxd_error *error);

/**
 * Sets which networks the box is in, all others left. RPC: SetVmNetworks (today's service).
 *
 * @param networks names, NULL-terminated; NULL: none
 * @param call or NULL
 * @param error or NULL
 * @return the networks in effect, owned by the caller (boxd_string_list_free()); NULL:
 * BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_string_list *boxd_box_set_networks(boxd_box *box, const char *const *networks,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Sets where the box may connect to. RPC: SetVmEgressAllow (today's service).
 *
 * @param entries hosts, addresses or ranges, NULL-terminated; NULL: anywhere
 * @param call or NULL
 * @param error or NULL
 * @return the rules in effect, owned by the caller (boxd_string_list_free()); NULL:
 * BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_string_list *boxd_box_set_egress(boxd_box *box, const char *const *entries,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sets after how long without activity the box is suspended. RPC: SetAutoSuspendTimeout.
 *
 * @param timeout_s seconds; 0 and BOXD_NEVER: never
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_set_auto_suspend(boxd_box *box, int64_t timeout_s,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sets after how long without activity the box is hibernated. RPC: SetAutoHibernateTimeout (today's
 * service).
 *
 * @param timeout_s seconds; 0 and BOXD_NEVER: never
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Sets when the box will be deleted. RPC: SetDeleteAfter (today's service).
 *
 * @param options in so many seconds, or by a cron line; neither, or NULL: never
 * @param unix_ms set to when that will be, in unix milliseconds, 0 for never; or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT (both, or a malformed cron line), BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_set_delete_after(boxd_box *box,
                                               const boxd_box_set_delete_after_options *options,
                                               int64_t *unix_ms, boxd_error *error);

/**
 * Shares the box with the whole org. RPC: ShareVm (today's service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_box_share(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Takes a shared box back. RPC: UnshareVm (today's service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: as boxd_box_share()
 */
BOXD_API boxd_status boxd_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * A name for a box that is free now. RPC: SuggestVmName (today's service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return the name, owned by the caller (boxd_string_free()); NULL: what any call may end in
 */
BOXD_API char *boxd_box_suggest_name(boxd_compute *compute, const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
