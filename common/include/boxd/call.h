/**
 * @file call.h
 * What every call takes: a timeout and a cancel token.
 */
#ifndef BOXD_CALL_H
#define BOXD_CALL_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** As a timeout: none at all. */
#define BOXD_NO_TIMEOUT ((int64_t)-1)

/**
 * Cancels calls from outside. A token is made by the program, may serve many calls of any client, on both
 * surfaces, and is fired from any thread, inside a callback too; not from a signal handler. A call whose
 * token fires ends in BOXD_ERR_CANCELLED (a blocking call on another thread is released). What was sent
 * before may have its effect all the same, as the error's `sent` says: a box whose creation was cancelled may
 * exist, and one that was given a name can be found by it. Firing it after a call has ended does nothing to
 * that call. In a child made by fork() a token that was made before is one of the child's own: it ends none
 * of its parent's calls.
 */
typedef struct boxd_cancel_token boxd_cancel_token;

/** Makes a token. The caller owns it and frees it with boxd_cancel_token_free(). NULL: out of memory. */
BOXD_API boxd_cancel_token *boxd_cancel_token_new(void);

/** Fires `token`: every call that uses it, now or later, ends in BOXD_ERR_CANCELLED. Again, or NULL: no
 * effect. Never blocks on a call; any thread. */
BOXD_API void boxd_cancel_token_cancel(boxd_cancel_token *token);

/** Whether `token` was fired. NULL is false. Any thread. */
BOXD_API bool boxd_cancel_token_is_cancelled(const boxd_cancel_token *token);

/** Gives the caller's token back; calls in flight keep what they need of it. NULL is allowed. */
BOXD_API void boxd_cancel_token_free(boxd_cancel_token *token);

/** The options that every call takes, alone or as the member `call` of its own options. This struct never
 * changes its size; as a member its `size` may be left 0. */
typedef struct boxd_call_options {
    size_t size;
    /** Milliseconds from now for the whole call: waiting, connecting, token exchange, retries, transfer. 0:
     * the default, which is with boxd the client's timeout_ms (60 s) for unary calls and none for exec and
     * file transfers, and with Drukbox none: there timeout_ms of the client bounds each step.
     * BOXD_NO_TIMEOUT: none.
     */
    int64_t timeout_ms;
    boxd_cancel_token
        *cancel; /**< or NULL; borrowed only until the call returns (async) or ends (blocking) */
    /** What to send with each attempt of the call, as "name=value" words up to a NULL, e.g.
     * BOXD_ARGV("traceparent=00-..."); copied; or NULL. Names and values as in boxd_metadata_add(). On an
     * open stream it has no effect. */
    const char *const *metadata;
    /** For the hooks of its attempts: boxd_attempt.call_data; or NULL. Those of a stream, a command's too,
     * may begin and end after the call that opened it: what this points to has to outlive them. */
    void *hook_data;
    void *reserved_[3];
} boxd_call_options;

#define BOXD_CALL_OPTIONS_INIT BOXD_SIZED(boxd_call_options)

BOXD_END_DECLS

#endif
