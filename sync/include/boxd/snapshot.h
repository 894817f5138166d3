/**
 * @file boxd/snapshot.h
 * Snapshots of boxes. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_SNAPSHOT_H
#define BOXD_SNAPSHOT_H

#include <boxd/compute.h>
#include <boxd/types/snapshot.h>

BOXD_BEGIN_DECLS

/**
 * Starts taking a snapshot of a running box. If a snapshot of this name exists, it gets a new version.
 * boxd_snapshot_wait_until_ready() waits until the snapshot is taken. Files that were written shortly
 * before may be missing unless `sync` ran in the box.
 *
 * @param name not empty
 *
 * @li Result: the snapshot, still pending, freed with boxd_snapshot_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (the name), BOXD_ERR_FAILED_PRECONDITION (the box is not running),
 *   BOXD_ERR_NOT_FOUND, BOXD_ERR_QUOTA
 * @li RPC: CreateSnapshot (service 0.2)
 */
BOXD_API boxd_snapshot *boxd_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                             boxd_error *error);

/**
 * Lists all snapshots of an org.
 *
 * @param options NULL selects the org of the credential
 *
 * @li Result: the list, possibly empty, freed with boxd_snapshots_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the org), BOXD_ERR_PERMISSION_DENIED
 * @li RPC: ListSnapshots (service 0.2)
 */
BOXD_API boxd_snapshots *boxd_snapshot_list(boxd_compute *compute, const boxd_snapshot_list_options *options,
                                            boxd_error *error);

/**
 * Finds a snapshot by its name or id.
 *
 * @param name_or_id not empty
 * @param options    NULL selects the org of the credential
 *
 * @li Result: the snapshot, freed with boxd_snapshot_free()
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: GetSnapshot (service 0.2)
 */
BOXD_API boxd_snapshot *boxd_snapshot_get(boxd_compute *compute, const char *name_or_id,
                                          const boxd_snapshot_list_options *options, boxd_error *error);

/**
 * Deletes a snapshot with all its versions. Boxes created from the snapshot are kept. The handle stays
 * valid until boxd_snapshot_free().
 *
 * @li Errors: BOXD_ERR_NOT_FOUND
 * @li RPC: DeleteSnapshot (service 0.2)
 */
BOXD_API boxd_status boxd_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Waits until boxes can be created from a snapshot, by default for 10 minutes at most. If the handle names
 * a version (as a handle from boxd_snapshot_create() does), the function waits for that version.
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (taking the snapshot failed; the message has the reason of the
 *   service), BOXD_ERR_NOT_FOUND, BOXD_ERR_TIMEOUT (the message says why the snapshot was not ready)
 * @li RPC: GetSnapshot (service 0.2) until the snapshot is ready
 */
BOXD_API boxd_status boxd_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                                    const boxd_snapshot_wait_until_ready_options *options,
                                                    boxd_error *error);

/**
 * Creates a box with the files and settings of a snapshot.
 *
 * @param options NULL takes every setting from the snapshot
 *
 * @li Result: the box, freed with boxd_box_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the snapshot), BOXD_ERR_FAILED_PRECONDITION (no version is ready), and as
 *   boxd_box_create()
 * @li RPC: CreateVmFromSnapshot (service 0.2)
 */
BOXD_API boxd_box *boxd_snapshot_create_box(boxd_snapshot *snapshot,
                                            const boxd_snapshot_create_box_options *options,
                                            boxd_error *error);

BOXD_END_DECLS

#endif
