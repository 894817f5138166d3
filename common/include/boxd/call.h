/**
 * @file boxd/call.h
 * Options of every call: a timeout, a cancel token and metadata.
 *
 * @since 0.1.0
 */
#ifndef BOXD_CALL_H
#define BOXD_CALL_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** As a timeout: no timeout. */
#define BOXD_NO_TIMEOUT (-INT64_C(1))

/**
 * Cancels calls. One token may be used by many calls, of several clients and of both APIs, and may be fired
 * from any thread, also inside a callback, but not in a signal handler.
 *
 * A call whose token is fired ends in BOXD_ERR_CANCELLED; a blocking call on another thread returns. A
 * request that was already sent may still take effect: see `sent` of boxd_error. For example, a box whose
 * creation was cancelled may exist; a box with a name can be found by that name. A token that is fired after
 * the end of a call has no effect on the call.
 *
 * In a child made by fork() a token of the parent belongs to the child: firing it ends no call of the parent.
 */
typedef struct boxd_cancel_token boxd_cancel_token;

/** Makes a token. The caller frees it with boxd_cancel_token_free(). NULL: out of memory. */
BOXD_API boxd_cancel_token *boxd_cancel_token_new(void);

/**
 * Makes a token that is fired when a descriptor becomes readable: a signalfd, the read end of a pipe to which
 * a signal handler writes, a timerfd, a socket. The end of a pipe or socket counts as readable. Nothing is
 * read from the descriptor. The token has a thread until it is freed and the calls that use it have ended;
 * the descriptor must stay open as long.
 *
 * @param fd an open descriptor, not owned
 *
 * The caller frees the token with boxd_cancel_token_free(). NULL: `fd` is not open, or there is no memory, no
 * descriptor or no thread left; `errno` says which.
 */
BOXD_API boxd_cancel_token *boxd_cancel_token_new_for_fd(int fd);

/** Fires `token`: every call that uses it, now or later, ends in BOXD_ERR_CANCELLED. Firing a token again has
 * no effect, and neither has NULL. Does not wait for a call. Any thread. */
BOXD_API void boxd_cancel_token_cancel(boxd_cancel_token *token);

/** Whether `token` was fired. False for NULL. Any thread. */
BOXD_API bool boxd_cancel_token_is_cancelled(const boxd_cancel_token *token);

/** Frees the caller's token. Calls in flight that use the token are not affected. NULL is allowed. */
BOXD_API void boxd_cancel_token_free(boxd_cancel_token *token);

/** The options that every call takes, alone or as the member `call` of its own options. The size of this
 * struct never changes. As a member of other options its `size` may be 0. */
typedef struct boxd_call_options {
    size_t size;
    /** Milliseconds from now for the whole call: waiting for a slot, connecting, exchanging the API key,
     * retries and the transfer. 0 selects the default: for boxd the client's `timeout_ms` for unary calls,
     * and no timeout for exec and file transfers; for Drukbox no timeout, since there the client's
     * `timeout_ms` limits each step. BOXD_NO_TIMEOUT: no timeout. The call of a command may end one second
     * later: boxd_box_exec() says why. */
    int64_t timeout_ms;
    /** Or NULL. Borrowed until the function returns. */
    boxd_cancel_token *cancel;
    /** Metadata to send with each attempt of the call: "name=value" strings that end with NULL, for example
     * BOXD_ARGV("traceparent=00-..."); or NULL. Copied. boxd_metadata_add() describes valid names and values.
     * Without effect on a stream that is already open. */
    const char *const *metadata;
    /** Passed to the hooks of the call's attempts as boxd_attempt.call_data; or NULL. The attempts of a
     * stream, for example of a command, may begin and end after the call that opened it has ended: the data
     * must live until then. */
    void *hook_data;
    void *reserved_[3];
} boxd_call_options;

#define BOXD_CALL_OPTIONS_INIT BOXD_SIZED(boxd_call_options)

BOXD_END_DECLS

#endif
