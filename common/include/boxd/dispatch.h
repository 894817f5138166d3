/**
 * @file dispatch.h
 * Where callbacks of the async surface run.
 */
#ifndef BOXD_DISPATCH_H
#define BOXD_DISPATCH_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/** Where callbacks of the async surface run. */
typedef enum boxd_dispatch_mode {
    BOXD_DISPATCH_CORE_THREAD = 0, /**< on the client's own background thread */
    BOXD_DISPATCH_MANUAL = 1 /**< only inside boxd_aio_compute_dispatch(), on the thread that calls it */
} boxd_dispatch_mode;

/** Ends a call that has no result but its status. @param error NULL on BOXD_OK, else borrowed for the
 * callback */
typedef void (*boxd_done_cb)(boxd_status status, const boxd_error *error, void *user_data);

/** Told that a loop shall not wait on a client's descriptor any more. `data` as it was given. */
typedef void (*boxd_detach_cb)(void *data);

BOXD_END_DECLS

#endif
