/**
 * @file snapshot.h
 * Snapshots, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_SNAPSHOT_H
#define BOXD_SNAPSHOT_H

#include <boxd/compute.h>
#include <boxd/types/snapshot.h>

BOXD_BEGIN_DECLS

/**
 * Begins to take a snapshot of a running box; of a name that exists, a new version of it. RPC:
 * CreateSnapshot (today's service). Never sent twice. boxd_snapshot_wait_until_ready() waits until it is
 * taken; files written shortly before may be missing in it without a `sync` in the box.
 *
 * @param name not empty
 * @param call or NULL
 * @param error or NULL
 * @return the snapshot, still pending, owned by the caller (boxd_snapshot_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (the name), BOXD_ERR_FAILED_PRECONDITION (the box does not run),
 *   BOXD_ERR_NOT_FOUND, BOXD_ERR_QUOTA
 */
BOXD_API boxd_snapshot *boxd_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                             boxd_error *error);

/**
 * Lists all snapshots of an org. RPC: ListSnapshots (today's service).
 *
 * @param options NULL: those of the credential's org
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_snapshots_free()); NULL: BOXD_ERR_NOT_FOUND
 *   (the org), BOXD_ERR_PERMISSION_DENIED
 */
BOXD_API boxd_snapshots *boxd_snapshot_list(boxd_compute *compute,
                                            const boxd_snapshot_create_options *options, boxd_error *error);

/**
 * Finds a snapshot by name or id. RPC: GetSnapshot (today's service).
 *
 * @param name_or_id not empty
 * @param options NULL: in the credential's org
 * @param error or NULL
 * @return the snapshot, owned by the caller (boxd_snapshot_free()); NULL: BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_snapshot *boxd_snapshot_get(boxd_compute *compute, const char *name_or_id,
                                          const boxd_snapshot_create_options *options, boxd_error *error);

/**
 * Deletes a snapshot with all its versions; boxes made of it stay. RPC: DeleteSnapshot (today's service).
 * The handle stays valid and is freed by its owner.
 *
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND
 */
BOXD_API boxd_status boxd_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Waits until boxes can be made of a snapshot: of the version that the handle tells of, where
 * boxd_snapshot_create() made it. RPC: GetSnapshot (today's service) until it is ready. By default 10
 * minutes.
 *
 * @param options NULL: all defaults
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it could not be taken, with the service's reason),
 *   BOXD_ERR_NOT_FOUND, BOXD_ERR_TIMEOUT (with what stood in the way last)
 */
BOXD_API boxd_status boxd_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                                    const boxd_snapshot_wait_until_ready_options *options,
                                                    boxd_error *error);

/**
 * Creates a box with the files and settings of a snapshot. RPC: CreateVmFromSnapshot (today's service).
 * Never sent twice.
 *
 * @param options NULL: all as the snapshot has it
 * @param error or NULL
 * @return the box, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_NOT_FOUND (the snapshot),
 *   BOXD_ERR_FAILED_PRECONDITION (no version is ready), and as boxd_box_create()
 */
BOXD_API boxd_box *boxd_snapshot_create_box(boxd_snapshot *snapshot,
                                            const boxd_snapshot_create_box_options *options,
                                            boxd_error *error);

BOXD_END_DECLS

#endif
