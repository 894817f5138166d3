/*
 * observe.h: what the program is told of a client's work: hooks, log, counters.
 */
#ifndef BOXD_OBSERVE_INTERNAL_H
#define BOXD_OBSERVE_INTERNAL_H

#include "metadata.h"

#include <boxd/observe.h>

#include <stdatomic.h>

typedef struct observer {
    boxd_hooks hooks; /* immutable */
    /* Written on the core thread, read on any. */
    atomic_uint_fast64_t attempts, failed_attempts, exchanges, sent_bytes, received_bytes;
    atomic_uint_fast64_t streams, connections;
} observer;

/* Of one request at a time. */
typedef struct attempt {
    boxd_attempt is;
    void *span;
    int64_t begun_ns;
    bool running;
} attempt;

/* Begins one that `a->is` describes; the program may add to `extra`, which is zeroed. Core thread. */
void observe_begin(observer *o, attempt *a, boxd_metadata *extra);

/* Ends it, if it runs, as a->is says: its end's members. Core thread. */
void observe_end(observer *o, attempt *a);

/* Whether anybody looks at whom an attempt has reached. */
static inline bool observe_wants_peer(const observer *o)
{
    return o->hooks.attempt_end || o->hooks.log;
}

/* A line of the log. No secret. */
void observe_log(const observer *o, boxd_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
