/**
 * @file boxd/observe.h
 * Observing a client: hooks around each attempt of a call (for traces), a log, and counters. They need no
 * tracing or metrics library; examples/tracing/ shows how to connect one.
 *
 * @since 0.1.0
 */
#ifndef BOXD_OBSERVE_H
#define BOXD_OBSERVE_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/**
 * One attempt of a request. A call of the program makes one or more attempts: an RPC and its retries, the
 * RPCs that a call consists of (finding a box by its name, polling), and exchanges of the API key for a
 * token; for Drukbox, an HTTP request and its repeat (see drukbox/drukbox.h). Valid until the hook returns.
 * `size` is the size that the library knows.
 */
typedef struct boxd_attempt {
    size_t size;
    /** The same for all attempts of one call of the program, and unique in the process. 0: an exchange, which
     * serves all calls. */
    uint64_t call_id;
    /** `hook_data` of the call's options, or NULL. */
    void *call_data;
    /** "/boxd.api.v1.BoxdApi/CreateVm"; of an exchange "POST /api/v1/auth/token". */
    const char *method;
    /** 1, 2, ...: the number of the attempt among those of the same request in its call. */
    uint32_t number;

    /* Set at the end of the attempt: */
    /** The gRPC status code, as in boxd_error; -1: the service sent none. */
    int32_t grpc_code;
    /** The address of the peer, for example "ipv4:192.0.2.7:9443"; "": no peer was reached. */
    const char *peer;
    /** Bytes of messages (bodies), without headers and framing. Counted when they were sent. */
    uint64_t sent_bytes;
    /** As `sent_bytes`, counted when they were received. */
    uint64_t received_bytes;
    /** From the beginning to the end of the attempt. */
    int64_t duration_us;
    /** The status of the attempt. If the program ended the call (timeout, cancel, close), the status says so.
     * Otherwise the call may still end in another status. */
    boxd_status status;
    /** Of an exchange or of an attempt of Drukbox: the HTTP status. 0: none. */
    int32_t http_status;
} boxd_attempt;

/** Metadata that an attempt sends in addition to the library's own. The hook `attempt_begin` adds to it. */
typedef struct boxd_metadata boxd_metadata;

/**
 * Adds a name and a value to the metadata of an attempt. Only inside `attempt_begin`, with its `extra`. Both
 * strings are copied. An attempt takes at most 32 entries and 4096 bytes in all.
 *
 * @param extra as the hook received it
 * @param name  of a to z, 0 to 9, "-", "_" and "."; must not begin with "grpc-", end with "-bin", or be a
 * name that the library sends ("authorization", "content-type", ...)
 * @param value printable ASCII, without blanks at its ends, which HTTP would remove
 * @param error filled on failure; may be NULL
 * @return BOXD_OK; BOXD_ERR_INVALID_ARGUMENT (nothing was added) or BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_status boxd_metadata_add(boxd_metadata *extra, const char *name, const char *value,
                                       boxd_error *error);

/** The level of a log line. */
typedef enum boxd_log_level {
    /** Something fails, and no call reports the failure: for example, a token cannot be refreshed while the
     * old one is still valid. */
    BOXD_LOG_ERROR = 1,
    /** Something failed, and the library continues: a rejected token, a retry, a connection that is left
     * because no response was received over it. Or credentials are sent
     * unencrypted, because of an `http://` URL of another machine: once per client, when it is opened; inside
     * a boxd machine when the first call connects to the API. */
    BOXD_LOG_WARNING = 2,
    /** Rare events: a new connection, a new token, an RPC that the server does not have. */
    BOXD_LOG_INFO = 3,
    /** Each attempt. */
    BOXD_LOG_DEBUG = 4
} boxd_log_level;

/**
 * Functions that a client calls while it works. Each may be NULL.
 *
 * They run on the client's core thread in both dispatch modes, one at a time; `log` also runs on the thread
 * that opens the client. The client waits for them: a hook must be short and must not block. Inside a hook,
 * blocking functions of this library return BOXD_ERR_WOULD_DEADLOCK; async functions may be called. After the
 * client has ended no hook is called. Hooks never receive a secret.
 */
typedef struct boxd_hooks {
    size_t size;
    /** Passed to all hooks. */
    void *user_data;
    /** An attempt begins. @return any pointer, for example a span; it is passed to `attempt_end` */
    void *(*attempt_begin)(const boxd_attempt *attempt, boxd_metadata *extra, void *user_data);
    /** An attempt has ended; called exactly once for each attempt that began. @param span the pointer that
     * `attempt_begin` returned; NULL without that hook */
    void (*attempt_end)(const boxd_attempt *attempt, void *span, void *user_data);
    /** A line of the log, without a newline, as boxd_printable() writes text. Borrowed until the hook
     * returns. */
    void (*log)(boxd_log_level level, const char *line, void *user_data);
    /** The highest level that is logged. 0: BOXD_LOG_INFO. */
    boxd_log_level log_level;
    int32_t reserved_;
} boxd_hooks;

#define BOXD_HOOKS_INIT BOXD_SIZED(boxd_hooks)

/** Numbers about a client. "Now" marks the numbers that can fall again; the others only grow. */
typedef struct boxd_counters {
    size_t size;

    /* Calls of the program, blocking and async. Operations on an open stream are not counted. */
    /** Submitted calls. */
    uint64_t calls;
    /** Of these: ended in success. A stream succeeds if it ended without an error or was ended by the
     * program. */
    uint64_t succeeded;
    /** Of these: ended in an error. */
    uint64_t failed;
    /** Now: calls in flight, without those that are to be refused or wait for a slot. */
    uint64_t in_flight;
    /** Now: blocking calls that wait for a slot (max_calls_in_flight). */
    uint64_t waiting;
    /** Now: callbacks that are ready and wait for boxd_aio_compute_dispatch(). */
    uint64_t ready;

    /* Attempts, including exchanges: see boxd_attempt. */
    /** Attempts that began. */
    uint64_t attempts;
    /** Attempts that ended in an error. */
    uint64_t failed_attempts;
    /** Of the attempts that began: exchanges of the API key for a token. */
    uint64_t exchanges;
    /** Tokens that were read from the token cache (`token_cache` of boxd_compute_options). No attempts. */
    uint64_t cached_tokens;
    /** Bytes of messages that attempts sent; counted when the attempt ends. */
    uint64_t sent_bytes;
    /** Bytes of messages that attempts received; counted when the attempt ends. */
    uint64_t received_bytes;
    /** Now: open streams. */
    uint64_t streams;
    /** Now: connections that are established or being established. */
    uint64_t connections;
} boxd_counters;

#define BOXD_COUNTERS_INIT BOXD_SIZED(boxd_counters)

BOXD_END_DECLS

#endif
