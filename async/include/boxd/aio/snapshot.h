/**
 * @file aio/snapshot.h
 * Snapshots, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_SNAPSHOT_H
#define BOXD_AIO_SNAPSHOT_H

#include <boxd/aio/box.h>
#include <boxd/types/snapshot.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a snapshot. @param snapshot owned by the callback; NULL on failure */
typedef void (*boxd_snapshot_cb)(boxd_snapshot *snapshot, const boxd_error *error, void *user_data);

/** Ends a call that returns snapshots. @param snapshots owned by the callback; NULL on failure */
typedef void (*boxd_snapshots_cb)(boxd_snapshots *snapshots, const boxd_error *error, void *user_data);

/**
 * Begins to take a snapshot of a running box; of a name that exists, a new version of it. RPC:
 * CreateSnapshot (today's service). Never sent twice. boxd_snapshot_wait_until_ready() waits until it is
 * taken; files written shortly before may be missing in it without a `sync` in the box.
 *
 * @param name not empty
 * @param call or NULL
 * @param callback gets the snapshot, still pending, or: BOXD_ERR_INVALID_ARGUMENT (the name),
 *   BOXD_ERR_FAILED_PRECONDITION (the box does not run), BOXD_ERR_NOT_FOUND, BOXD_ERR_QUOTA. Runs on the
 *   core thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                       boxd_snapshot_cb callback, void *user_data);

/**
 * Lists all snapshots of an org. RPC: ListSnapshots (today's service).
 *
 * @param options NULL: those of the credential's org; borrowed until this returns
 * @param callback gets the list, possibly empty, or: BOXD_ERR_NOT_FOUND (the org),
 *   BOXD_ERR_PERMISSION_DENIED. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_list(boxd_compute *compute, const boxd_snapshot_create_options *options,
                                     boxd_snapshots_cb callback, void *user_data);

/**
 * Finds a snapshot by name or id. RPC: GetSnapshot (today's service).
 *
 * @param name_or_id not empty
 * @param options NULL: in the credential's org; borrowed until this returns
 * @param callback gets the snapshot, or: BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_get(boxd_compute *compute, const char *name_or_id,
                                    const boxd_snapshot_create_options *options, boxd_snapshot_cb callback,
                                    void *user_data);

/**
 * Deletes a snapshot with all its versions; boxes made of it stay. RPC: DeleteSnapshot (today's service).
 * The handle stays valid and is freed by its owner.
 *
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call,
                                       boxd_done_cb callback, void *user_data);

/**
 * Waits until boxes can be made of a snapshot: of the version that the handle tells of, where
 * boxd_snapshot_create() made it. RPC: GetSnapshot (today's service) until it is ready. By default 10
 * minutes.
 *
 * @param options NULL: all defaults; borrowed until this returns
 * @param callback gets BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (it could not be taken, with the service's
 *   reason), BOXD_ERR_NOT_FOUND, BOXD_ERR_TIMEOUT (with what stood in the way last). Runs on the core
 *   thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                                 const boxd_snapshot_wait_until_ready_options *options,
                                                 boxd_done_cb callback, void *user_data);

/**
 * Creates a box with the files and settings of a snapshot. RPC: CreateVmFromSnapshot (today's service).
 * Never sent twice.
 *
 * @param options NULL: all as the snapshot has it; borrowed until this returns
 * @param callback gets the box, or: BOXD_ERR_NOT_FOUND (the snapshot), BOXD_ERR_FAILED_PRECONDITION (no
 *   version is ready), and as boxd_box_create(). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_snapshot_create_box(boxd_snapshot *snapshot,
                                           const boxd_snapshot_create_box_options *options,
                                           boxd_box_cb callback, void *user_data);

BOXD_END_DECLS

#endif
