/**
 * @file boxd/dispatch.h
 * Where callbacks of the async API run.
 *
 * @since 0.1.0
 */
#ifndef BOXD_DISPATCH_H
#define BOXD_DISPATCH_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/** Where callbacks of the async API run. */
typedef enum boxd_dispatch_mode {
    /** On the client's core thread. */
    BOXD_DISPATCH_CORE_THREAD = 0,
    /** Inside boxd_aio_compute_dispatch(), on the thread that calls it. */
    BOXD_DISPATCH_MANUAL = 1
} boxd_dispatch_mode;

/** Ends a call that has no result but its status. @param error NULL if `status` is BOXD_OK; borrowed until
 * the callback returns */
typedef void (*boxd_done_cb)(boxd_status status, const boxd_error *error, void *user_data);

/** Makes an event loop stop waiting for a client's descriptor. `data` is the pointer that was given with the
 * callback. */
typedef void (*boxd_detach_cb)(void *data);

BOXD_END_DECLS

#endif
