/*
 * observe.h: what the program is told of a client's work: hooks, log, counters.
 */
#ifndef BOXD_OBSERVE_INTERNAL_H
#define BOXD_OBSERVE_INTERNAL_H

#include "core/core.h"
#include "metadata.h"

#include <boxd/observe.h>

#include <stdatomic.h>

typedef struct observer {
    boxd_hooks hooks; /* immutable */
    /* Written on the core thread alone, with observe_count(); read on any. */
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

/* What counts up and down has one writer, and so needs no more than that readers see whole numbers. */
static inline void observe_count(atomic_uint_fast64_t *counter, uint64_t amount)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount,
                          memory_order_relaxed);
}

static inline void observe_uncount(atomic_uint_fast64_t *counter)
{
    observe_count(counter, UINT64_MAX); /* one less */
}

static inline uint64_t observe_counted(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Begins one that `a->is` describes; the program may add to `extra`, which is zeroed. Core thread. */
void observe_begin(observer *o, attempt *a, boxd_metadata *extra);

/* Ends it, if it runs, as a->is says: its end's members. Core thread. */
void observe_end(observer *o, attempt *a);

/* Fills the program's counters as far as their size goes; with zeros for NULL and in a child made by fork().
 */
void observe_counters(const core *c, const observer *o, boxd_counters *counters);

/* Whether anybody looks at whom an attempt has reached. */
static inline bool observe_wants_peer(const observer *o)
{
    return o->hooks.attempt_end || o->hooks.log;
}

/* A line of the log. No secret. */
void observe_log(const observer *o, boxd_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
