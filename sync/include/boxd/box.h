/**
 * @file boxd/box.h
 * Boxes: virtual machines. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_BOX_H
#define BOXD_BOX_H

#include <boxd/compute.h>
#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * Creates a box.
 *
 * The box may not run commands at once: for some seconds after this function or boxd_box_fork() has returned,
 * a command can end in BOXD_ERR_CONNECTION or BOXD_ERR_FAILED_PRECONDITION. boxd_box_wait_until_ready() waits
 * until commands run.
 *
 * If the request was sent and the answer is lost (a timeout, a lost connection, an answer that is too large
 * or malformed), the box may exist, and its id is not known: see boxd_error.sent. The message names the box
 * and the function that shows it. boxd_box_get_or_create() finds such a box by its name, boxd_box_find() by a
 * label that it was created with.
 *
 * @li Result: the box, freed with boxd_box_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (a name that is not a DNS label; a malformed size, environment or
 *   path), BOXD_ERR_ALREADY_EXISTS (the name is taken), BOXD_ERR_QUOTA
 * @li RPC: CreateVm
 */
BOXD_API boxd_box *boxd_box_create(boxd_compute *compute, const boxd_box_create_options *options,
                                   boxd_error *error);

/**
 * Creates a copy of a box. The copy has the files of the source and, if the service supports it, the
 * processes that run in the source.
 *
 * @param source the box to copy; it is not changed
 *
 * @li Result: the new box, with `forked_from` set, freed with boxd_box_free()
 * @li Errors: as boxd_box_create(), and BOXD_ERR_NOT_FOUND (the source)
 * @li RPC: ForkVm
 */
BOXD_API boxd_box *boxd_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_error *error);

/**
 * Finds a box by its name or id.
 *
 * @param name_or_id not empty
 *
 * @li Result: the box, freed with boxd_box_free()
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: GetVm; if that ends in NOT_FOUND, ListVms and a search by name
 */
BOXD_API boxd_box *boxd_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                                boxd_error *error);

/**
 * Lists all boxes of the account.
 *
 * @li Result: the list, possibly empty, freed with boxd_boxes_free()
 * @li RPC: ListVms
 */
BOXD_API boxd_boxes *boxd_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error);

/**
 * Destroys the machine of a box for good. The handle stays valid until boxd_box_free().
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (also if the box was destroyed before)
 * @li RPC: DestroyVm
 */
BOXD_API boxd_status boxd_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Starts a stopped box.
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the state of the box does not allow it), BOXD_ERR_NOT_FOUND
 * @li RPC: StartVm
 */
BOXD_API boxd_status boxd_box_start(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Stops a box: its processes end, its files are kept. Files that were written shortly before may be lost
 * unless `sync` ran in the box.
 *
 * @li Errors: as boxd_box_start()
 * @li RPC: StopVm
 */
BOXD_API boxd_status boxd_box_stop(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Stops a box and starts it again.
 *
 * @li Errors: as boxd_box_start()
 * @li RPC: RebootVm
 */
BOXD_API boxd_status boxd_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Suspends a running box: its processes are frozen.
 *
 * @li Result: `*duration_us` is set to the time that the operation took, in microseconds, as the service
 *   reports it
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the box is not running), BOXD_ERR_NOT_FOUND
 * @li RPC: SuspendVm
 */
BOXD_API boxd_status boxd_box_suspend(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                                      boxd_error *error);

/**
 * Resumes a suspended box.
 *
 * @li Result: `*duration_us` is set to the time that the operation took, in microseconds, as the service
 *   reports it
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the box is not suspended), BOXD_ERR_NOT_FOUND
 * @li RPC: ResumeVm
 */
BOXD_API boxd_status boxd_box_resume(boxd_box *box, const boxd_call_options *call, int64_t *duration_us,
                                     boxd_error *error);

/**
 * Gets the box with a given name, or creates it if no such box exists.
 *
 * If another client takes the name meanwhile, or if the reply to CreateVm is lost, the function looks for
 * the box again and returns the box that it finds. CreateVm is never sent twice. The options other than the
 * name have no effect on a box that exists already.
 *
 * @param options must have a name
 *
 * @li Result: the box, freed with boxd_box_free(). `*created` is set to whether this call created the box.
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (no name), and as boxd_box_create()
 * @li RPC: GetVm and, if that ends in NOT_FOUND, ListVms; CreateVm if the box does not exist
 */
BOXD_API boxd_box *boxd_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                          bool *created, boxd_error *error);

/**
 * Lists the boxes that match `options`: the boxes of an org, or the boxes with given labels. The library
 * compares the labels of the listed boxes itself as well, because service 0.1 ignores labels in the
 * request.
 *
 * @param options NULL selects all boxes
 *
 * @li Result: the list, possibly empty, freed with boxd_boxes_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the org), BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_UNSUPPORTED (boxes of an
 *   org, with service 0.1)
 * @li RPC: ListVms
 */
BOXD_API boxd_boxes *boxd_box_find(boxd_compute *compute, const boxd_box_find_options *options,
                                   boxd_error *error);

/**
 * Waits until a command can run in the box, by default for 90 s at most. The command that is tried wakes a
 * suspended or hibernated box. Errors that do not go away by waiting (authentication, permission, quota)
 * end the call at once.
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the box is stopped, failed or destroyed), BOXD_ERR_NOT_FOUND,
 *   BOXD_ERR_TIMEOUT (the message says why the box was not ready)
 * @li RPC: GetVm until the box runs, is suspended or hibernated, then Exec of `true` until that succeeds
 */
BOXD_API boxd_status boxd_box_wait_until_ready(boxd_box *box,
                                               const boxd_box_wait_until_ready_options *options,
                                               boxd_error *error);

/**
 * Hibernates a running box: its processes are frozen and saved to disk.
 *
 * @li Errors: as boxd_box_start()
 * @li RPC: HibernateVm (service 0.2)
 */
BOXD_API boxd_status boxd_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Wakes a hibernated box.
 *
 * @li Errors: as boxd_box_start()
 * @li RPC: WakeVm (service 0.2)
 */
BOXD_API boxd_status boxd_box_wake(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Renames a box and reboots it. Existing handles keep reporting the old name.
 *
 * @param name a DNS label
 *
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (the name is taken), BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 * @li RPC: RenameVm (service 0.2)
 */
BOXD_API boxd_status boxd_box_rename(boxd_box *box, const char *name, const boxd_call_options *call,
                                     boxd_error *error);

/**
 * Changes the size of a box. A running box is rebooted.
 *
 * @param vcpu   number of virtual CPUs; 0: derived from `memory`
 * @param memory e.g. "8G" (powers of 1024); NULL: derived from `vcpu`
 *
 * @li Result: the new size, freed with boxd_box_size_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (neither `vcpu` nor `memory` is given, or no such size exists),
 *   BOXD_ERR_QUOTA, BOXD_ERR_FAILED_PRECONDITION (the box is neither running nor stopped)
 * @li RPC: ResizeVm (service 0.2)
 */
BOXD_API boxd_box_size *boxd_box_resize(boxd_box *box, uint32_t vcpu, const char *memory,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Sets and removes labels of a box.
 *
 * @param options NULL changes nothing
 *
 * @li Result: all labels of the box after the change, freed with boxd_labels_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (a malformed label), BOXD_ERR_NOT_FOUND
 * @li RPC: UpdateVmLabels (service 0.2)
 */
BOXD_API boxd_labels *boxd_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                             boxd_error *error);

/**
 * Sets the networks of a box. The box leaves all other networks.
 *
 * @param networks names of networks; NULL: no network
 *
 * @li Result: the networks in effect, freed with boxd_string_list_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 * @li RPC: SetVmNetworks (service 0.2)
 */
BOXD_API boxd_string_list *boxd_box_set_networks(boxd_box *box, const char *const *networks,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Restricts the destinations that a box may connect to.
 *
 * @param entries host names, addresses or address ranges; NULL: no restriction
 *
 * @li Result: the rules in effect, freed with boxd_string_list_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 * @li RPC: SetVmEgressAllow (service 0.2)
 */
BOXD_API boxd_string_list *boxd_box_set_egress(boxd_box *box, const char *const *entries,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sets the time without activity after which a box is suspended.
 *
 * @param timeout_s seconds; 0 or BOXD_NEVER: never
 *
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 * @li RPC: SetAutoSuspendTimeout
 */
BOXD_API boxd_status boxd_box_set_auto_suspend(boxd_box *box, int64_t timeout_s,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sets the time without activity after which a box is hibernated.
 *
 * @param timeout_s seconds; 0 or BOXD_NEVER: never
 *
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND
 * @li RPC: SetAutoHibernateTimeout (service 0.2)
 */
BOXD_API boxd_status boxd_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s,
                                                 const boxd_call_options *call, boxd_error *error);

/**
 * Sets when a box is deleted: after a delay, or at the times of a cron expression.
 *
 * @param options with neither a delay nor a cron expression, or NULL: never
 *
 * @li Result: `*delete_at_ms` is set to the time of the deletion in Unix milliseconds, 0 for never
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (both a delay and a cron expression; a malformed cron expression),
 *   BOXD_ERR_NOT_FOUND
 * @li RPC: SetDeleteAfter (service 0.2)
 */
BOXD_API boxd_status boxd_box_set_delete_after(boxd_box *box,
                                               const boxd_box_set_delete_after_options *options,
                                               int64_t *delete_at_ms, boxd_error *error);

/**
 * Shares a box with all members of the org.
 *
 * @li Errors: BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_NOT_FOUND
 * @li RPC: ShareVm (service 0.2)
 */
BOXD_API boxd_status boxd_box_share(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Stops sharing a box with the org.
 *
 * @li Errors: as boxd_box_share()
 * @li RPC: UnshareVm (service 0.2)
 */
BOXD_API boxd_status boxd_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Suggests a name for a new box. The name is free when the service replies.
 *
 * @li Result: the name, freed with boxd_string_free()
 * @li RPC: SuggestVmName (service 0.2)
 */
BOXD_API char *boxd_box_suggest_name(boxd_compute *compute, const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
