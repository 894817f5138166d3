/*
 * observe.h: reports a client's work to the program: hooks, log, counters.
 */
#ifndef BOXD_OBSERVE_INTERNAL_H
#define BOXD_OBSERVE_INTERNAL_H

#include "core/core.h"
#include "invariant.h"
#include "metadata.h"

#include <boxd/observe.h>

#include <stdatomic.h>

typedef struct observer {
    /* Immutable. */
    boxd_hooks hooks;
    /* Written on the core thread alone, with observe_count(); read on any. */
    atomic_uint_fast64_t attempts, failed_attempts, exchanges, cached_tokens, sent_bytes, received_bytes;
    atomic_uint_fast64_t streams, connections;
} observer;

/* One attempt of a request at a time. */
typedef struct attempt {
    boxd_attempt info;
    void *span;
    int64_t begun_ns;
    bool running;
} attempt;

/* Counters that go up and down have one writer; readers need whole numbers only. */
static inline void observe_count(atomic_uint_fast64_t *counter, uint64_t amount)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount,
                          memory_order_relaxed);
}

static inline void observe_uncount(atomic_uint_fast64_t *counter)
{
    BOXD_ASSERT(atomic_load_explicit(counter, memory_order_relaxed) > 0);
    observe_count(counter, UINT64_MAX); /* one less */
}

static inline uint64_t observe_counted(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Begins the attempt that `a->info` describes. `extra` gets what the program adds; metadata_clear() follows.
 * Core thread. */
void observe_begin(observer *o, attempt *a, boxd_metadata *extra);

/* Ends the attempt, if it runs, with the outcome in a->info. Core thread. */
void observe_end(observer *o, attempt *a);

/* Fills the program's counters as far as their size goes; with zeros for NULL and in a child made by fork().
 */
void observe_counters(const core *c, const observer *o, boxd_counters *counters);

/* Whether a hook or the log uses the peer of an attempt. */
static inline bool observe_wants_peer(const observer *o)
{
    return o->hooks.attempt_end || o->hooks.log;
}

/* A line of the log, made safe to show whatever the arguments contain. No secret. */
void observe_log(const observer *o, boxd_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
