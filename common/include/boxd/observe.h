/**
 * @file observe.h
 * Looking at a client from outside: hooks around each attempt of a call (for traces), a log, counters. None
 * of it depends on a tracing or metrics library; examples/tracing/ shows a bridge to one.
 */
#ifndef BOXD_OBSERVE_H
#define BOXD_OBSERVE_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/**
 * One attempt at a request. A call of the program makes one or more: an RPC that is tried again, the RPCs
 * that a call is made of (finding a box by its name, polling), and exchanges of the API key for a token.
 * Valid for the duration of the hook; `size` says how much of it this library knows.
 */
typedef struct boxd_attempt {
    size_t size;
    /** The same for all attempts of one call of the program, and unlike that of any other in this process; 0
     * for an exchange, which serves all calls. */
    uint64_t call_id;
    void *call_data;    /**< hook_data of the call's options, or NULL */
    const char *method; /**< "/boxd.api.v1.BoxdApi/CreateVm", or of an exchange "POST /api/v1/auth/token" */
    uint32_t number;    /**< 1, 2, ...: of this request within its call */

    /* At its end only: */
    int32_t grpc_code;   /**< the gRPC status code; -1: no RPC */
    const char *peer;    /**< the other end, "ipv4:192.0.2.7:9443"; "" if none was reached */
    uint64_t sent_bytes; /**< of messages (bodies), without what carries them; counted when they were sent */
    uint64_t received_bytes; /**< the same */
    int64_t duration_us;     /**< microseconds, from its beginning */
    boxd_status status;      /**< what it ended in: of a call that was ended (timeout, cancel, close) that;
                              * else of the call's outcome it says nothing */
    int32_t http_status;     /**< of an exchange; 0: none */
} boxd_attempt;

/** What an attempt carries beyond the library's own metadata, to be added to by attempt_begin. */
typedef struct boxd_metadata boxd_metadata;

/**
 * Adds a name and a value to what the attempt sends. Only inside attempt_begin, with its `extra`; both are
 * copied.
 *
 * @param extra as it was given
 * @param name  lower case: a to z, 0 to 9, "-", "_", "."; not "grpc-...", "-bin" at its end, nor a name that
 *   the library sends itself ("authorization", "content-type", ...)
 * @param value printable ASCII
 * @param error filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (and nothing is added; more than 32, or than 4096 bytes, are
 *   refused, too),
 *   BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_metadata_add(boxd_metadata *extra, const char *name, const char *value,
                                       boxd_error *error);

/** How important a line of the log is. */
typedef enum boxd_log_level {
    BOXD_LOG_ERROR = 1,   /**< something does not work, and no call's error says so: a token that could not be
                           * refreshed while the old one is good */
    BOXD_LOG_WARNING = 2, /**< something went wrong, and the library goes on: a refused token, a call that is
                           * tried again */
    BOXD_LOG_INFO = 3,    /**< what is rare: a connection, a token, an RPC that the server lacks */
    BOXD_LOG_DEBUG = 4    /**< each attempt */
} boxd_log_level;

/**
 * Called by a client as it works; each may be NULL. They run on the client's core thread in either dispatch
 * mode (the log also on the thread that opens it), one at a time, and hold the client up: do little, and do
 * not block; blocking functions of this library return BOXD_ERR_WOULD_DEADLOCK inside them, async ones may be
 * called. None is called any more when the client has ended. No secret is ever shown to them.
 */
typedef struct boxd_hooks {
    size_t size;
    void *user_data; /**< for all of them */
    /** An attempt begins. @return anything, a span say, to be given to attempt_end */
    void *(*attempt_begin)(const boxd_attempt *attempt, boxd_metadata *extra, void *user_data);
    /** It has ended: exactly once for each that began. @param span what attempt_begin returned, else NULL */
    void (*attempt_end)(const boxd_attempt *attempt, void *span, void *user_data);
    /** A line of the log, without a newline, borrowed for the call. */
    void (*log)(boxd_log_level level, const char *line, void *user_data);
    boxd_log_level log_level; /**< lines up to this are logged; 0: BOXD_LOG_INFO */
    int32_t reserved_;
} boxd_hooks;

#define BOXD_HOOKS_INIT BOXD_SIZED(boxd_hooks)

/** What a client has done so far, and what it does now. */
typedef struct boxd_counters {
    size_t size;
    /* Calls of the program on either surface; what is done on an open stream is none. */
    uint64_t calls;     /**< submitted */
    uint64_t succeeded; /**< of those: called back (or returned) with success; streams: ended well, or by the
                         * program itself */
    uint64_t failed;    /**< ... with an error */
    uint64_t in_flight; /**< now; the others are submitted to fail, or wait for room */
    uint64_t waiting;   /**< now: blocking calls that wait for room (max_calls_in_flight) */
    uint64_t due;       /**< now: callbacks that wait for boxd_aio_compute_dispatch() */
    /* Attempts, exchanges included: see boxd_attempt. */
    uint64_t attempts;        /**< begun */
    uint64_t failed_attempts; /**< ended in an error */
    uint64_t exchanges;       /**< of those begun: exchanges of the key for a token */
    uint64_t sent_bytes;      /**< of messages, by attempts that have ended */
    uint64_t received_bytes;  /**< the same */
    uint64_t streams;         /**< now: open streams */
    uint64_t connections;     /**< now: connections, established or about to be */
} boxd_counters;

#define BOXD_COUNTERS_INIT BOXD_SIZED(boxd_counters)

BOXD_END_DECLS

#endif
