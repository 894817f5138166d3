/**
 * @file drukbox/types/wait.h
 * Options of the calls that wait for a state.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_WAIT_H
#define DRUKBOX_TYPES_WAIT_H

#include <boxd/call.h>

BOXD_BEGIN_DECLS

typedef struct drukbox_wait_options {
    size_t size;
    /** The default timeout is 10 minutes. */
    boxd_call_options call;
    /** Time between two requests. 0: 2,000. */
    int64_t interval_ms;
} drukbox_wait_options;

#define DRUKBOX_WAIT_OPTIONS_INIT BOXD_SIZED(drukbox_wait_options)

BOXD_END_DECLS

#endif
