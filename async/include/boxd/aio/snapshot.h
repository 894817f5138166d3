/**
 * @file boxd/aio/snapshot.h
 * The async twins of boxd/snapshot.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_SNAPSHOT_H
#define BOXD_AIO_SNAPSHOT_H

#include <boxd/aio/box.h>
#include <boxd/types/snapshot.h>

BOXD_BEGIN_DECLS

/** Receives a snapshot. The callback owns it: boxd_snapshot_free(). */
typedef void (*boxd_snapshot_cb)(boxd_snapshot *snapshot, const boxd_error *error, void *user_data);

/** Receives a list of snapshots. The callback owns it: boxd_snapshots_free(). */
typedef void (*boxd_snapshots_cb)(boxd_snapshots *snapshots, const boxd_error *error, void *user_data);

/** Async twin of boxd_snapshot_create(). @copydoc boxd_snapshot_create */
BOXD_API void boxd_aio_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                       boxd_snapshot_cb callback, void *user_data);

/** Async twin of boxd_snapshot_list(). @copydoc boxd_snapshot_list */
BOXD_API void boxd_aio_snapshot_list(boxd_compute *compute, const boxd_snapshot_list_options *options,
                                     boxd_snapshots_cb callback, void *user_data);

/** Async twin of boxd_snapshot_get(). @copydoc boxd_snapshot_get */
BOXD_API void boxd_aio_snapshot_get(boxd_compute *compute, const char *name_or_id,
                                    const boxd_snapshot_list_options *options, boxd_snapshot_cb callback,
                                    void *user_data);

/** Async twin of boxd_snapshot_delete(). @copydoc boxd_snapshot_delete */
BOXD_API void boxd_aio_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call,
                                       boxd_done_cb callback, void *user_data);

/** Async twin of boxd_snapshot_wait_until_ready(). @copydoc boxd_snapshot_wait_until_ready */
BOXD_API void boxd_aio_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                                 const boxd_snapshot_wait_until_ready_options *options,
                                                 boxd_done_cb callback, void *user_data);

/** Async twin of boxd_snapshot_create_box(). @copydoc boxd_snapshot_create_box */
BOXD_API void boxd_aio_snapshot_create_box(boxd_snapshot *snapshot,
                                           const boxd_snapshot_create_box_options *options,
                                           boxd_box_cb callback, void *user_data);

BOXD_END_DECLS

#endif
