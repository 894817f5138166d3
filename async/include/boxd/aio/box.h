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

/** Ends a call that returns how long the service took. @param duration_us microseconds; 0 on failure */
typedef void (*boxd_duration_cb)(boxd_status status, int64_t duration_us, const boxd_error *error,
                                 void *user_data);

/** Ends a call that returns a point in time. @param unix_ms unix milliseconds; 0: none, and on failure */
typedef void (*boxd_time_cb)(boxd_status status, int64_t unix_ms, const boxd_error *error, void *user_data);

/** Ends boxd_aio_box_get_or_create(). @param box owned by the callback; NULL on failure @param created
 * whether this call made it */
typedef void (*boxd_box_created_cb)(boxd_box *box, bool created, const boxd_error *error, void *user_data);

/** Ends a resize. @param resized owned by the callback; NULL on failure */
typedef void (*boxd_box_size_cb)(boxd_box_size *resized, const boxd_error *error, void *user_data);

/** Ends a call that returns labels. @param labels owned by the callback; NULL on failure */
typedef void (*boxd_labels_cb)(boxd_labels *labels, const boxd_error *error, void *user_data);

/** Ends a call that returns words. @param words owned by the callback; NULL on failure */
typedef void (*boxd_string_list_cb)(boxd_string_list *words, const boxd_error *error, void *user_data);

/** Ends a call that returns text. @param string owned by the callback (boxd_string_free()); NULL on failure
 */
typedef void (*boxd_string_cb)(char *string, const boxd_error *error, void *user_data);

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

/**
 * The box of a name, made if there is none. RPC: GetVm; on NOT_FOUND ListVms, then CreateVm; GetVm again when
 * the name was taken meanwhile, or when the answer of CreateVm was lost, so that what it made is adopted and
 * never made twice. Options but the name say nothing of a box that exists already.
 *
 * @param options the name must be set; borrowed until this returns
 * @param callback gets the box, and whether this call made it, or: BOXD_ERR_INVALID_ARGUMENT (no name), and
 *   as boxd_box_create(). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                         boxd_box_created_cb callback, void *user_data);

/**
 * Lists the boxes that `options` select: of an org, or with labels. RPC: ListVms. Labels are compared here
 * once more, since servers from before them ignore the selector.
 *
 * @param options NULL: all boxes; borrowed until this returns
 * @param callback gets the list, possibly empty, or: BOXD_ERR_NOT_FOUND (the org),
 *   BOXD_ERR_PERMISSION_DENIED. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_find(boxd_compute *compute, const boxd_box_find_options *options,
                                boxd_boxes_cb callback, void *user_data);

/**
 * Waits until a command runs in the box. RPC: GetVm until it runs, then Exec of `true` until that succeeds.
 * A box that sleeps is woken by the command. By default 90 s. What waiting does not heal
 * (authentication, permission, quota) ends it at once.
 *
 * @param options NULL: all defaults; borrowed until this returns
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it is stopped, failed or destroyed:
 *   waiting would not help), BOXD_ERR_NOT_FOUND, BOXD_ERR_TIMEOUT (with what stood in the way last). Runs
 *   on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_wait_until_ready(boxd_box *box, const boxd_box_wait_until_ready_options *options,
                                            boxd_done_cb callback, void *user_data);

/**
 * Puts a running box to sleep on disk: its processes stop where they are. RPC: HibernateVm (today's
 * service).
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: as boxd_box_start(). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                     void *user_data);

/**
 * Wakes a hibernated box. RPC: WakeVm (today's service).
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: as boxd_box_start(). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_wake(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                void *user_data);

/**
 * Gives the box another name and reboots it. RPC: RenameVm (today's service). Handles that exist keep
 * telling the old one.
 *
 * @param name a DNS label
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_INVALID_ARGUMENT,
 *   BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_rename(boxd_box *box, const char *name, const boxd_call_options *call,
                                  boxd_done_cb callback, void *user_data);

/**
 * Gives the box another size; a running one is rebooted. RPC: ResizeVm (today's service).
 *
 * @param vcpu 0: as the memory wants it
 * @param memory e.g. "8G"; NULL: as the vcpus want it
 * @param call or NULL
 * @param callback gets the size it has now, or: BOXD_ERR_INVALID_ARGUMENT (neither is given, or no such
 *   size), BOXD_ERR_QUOTA, BOXD_ERR_FAILED_PRECONDITION (it sleeps). Runs on the core thread or in
 *   dispatch.
 */
BOXD_API void boxd_aio_box_resize(boxd_box *box, uint32_t vcpu, const char *memory,
                                  const boxd_call_options *call, boxd_box_size_cb callback, void *user_data);

/**
 * Sets and removes labels. RPC: UpdateVmLabels (today's service).
 *
 * @param options what to set and remove; NULL: nothing; borrowed until this returns
 * @param callback gets all labels that it has now, or: BOXD_ERR_INVALID_ARGUMENT (a malformed label),
 *   BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                         boxd_labels_cb callback, void *user_data);

/**
 * Sets which networks the box is in, all others left. RPC: SetVmNetworks (today's service).
 *
 * @param networks names, NULL-terminated; NULL: none
 * @param call or NULL
 * @param callback gets the networks in effect, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND. Runs on
 *   the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_set_networks(boxd_box *box, const char *const *networks,
                                        const boxd_call_options *call, boxd_string_list_cb callback,
                                        void *user_data);

/**
 * Sets where the box may connect to. RPC: SetVmEgressAllow (today's service).
 *
 * @param entries hosts, addresses or ranges, NULL-terminated; NULL: anywhere
 * @param call or NULL
 * @param callback gets the rules in effect, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND. Runs on the
 *   core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_set_egress(boxd_box *box, const char *const *entries,
                                      const boxd_call_options *call, boxd_string_list_cb callback,
                                      void *user_data);

/**
 * Sets after how long without activity the box is suspended. RPC: SetAutoSuspendTimeout.
 *
 * @param timeout_s seconds; 0 and BOXD_NEVER: never
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND. Runs on the core thread
 *   or in dispatch.
 */
BOXD_API void boxd_aio_box_set_auto_suspend(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                            boxd_done_cb callback, void *user_data);

/**
 * Sets after how long without activity the box is hibernated. RPC: SetAutoHibernateTimeout (today's
 * service).
 *
 * @param timeout_s seconds; 0 and BOXD_NEVER: never
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND. Runs on the core thread
 *   or in dispatch.
 */
BOXD_API void boxd_aio_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                              boxd_done_cb callback, void *user_data);

/**
 * Sets when the box will be deleted. RPC: SetDeleteAfter (today's service).
 *
 * @param options in so many seconds, or by a cron line; neither, or NULL: never; borrowed until this
 *   returns
 * @param callback gets when that will be, in unix milliseconds, 0 for never, or: BOXD_ERR_INVALID_ARGUMENT
 *   (both, or a malformed cron line), BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_set_delete_after(boxd_box *box, const boxd_box_set_delete_after_options *options,
                                            boxd_time_cb callback, void *user_data);

/**
 * Shares the box with the whole org. RPC: ShareVm (today's service).
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_NOT_FOUND. Runs on the core thread
 *   or in dispatch.
 */
BOXD_API void boxd_aio_box_share(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                 void *user_data);

/**
 * Takes a shared box back. RPC: UnshareVm (today's service).
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: as boxd_box_share(). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                                   void *user_data);

/**
 * A name for a box that is free now. RPC: SuggestVmName (today's service).
 *
 * @param call or NULL
 * @param callback gets the name, or: what any call may end in. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_suggest_name(boxd_compute *compute, const boxd_call_options *call,
                                        boxd_string_cb callback, void *user_data);

BOXD_END_DECLS

#endif
