/**
 * @file error.h
 * How calls fail: one status enum, one error struct, on both surfaces.
 */
#ifndef BOXD_ERROR_H
#define BOXD_ERROR_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** The outcome of a call. The values are part of the ABI. */
typedef enum boxd_status {
    BOXD_OK = 0,

    /* The classes of the service's errors. */
    BOXD_ERR_FAILED = 1, /**< the base class: the service refused for a reason without a class of its own */
    BOXD_ERR_AUTHENTICATION = 2,   /**< no valid credential */
    BOXD_ERR_NOT_FOUND = 3,        /**< no such object */
    BOXD_ERR_QUOTA = 4,            /**< a quota or rate limit is used up */
    BOXD_ERR_INVALID_ARGUMENT = 5, /**< refused here or by the service; nothing happened */
    BOXD_ERR_TIMEOUT = 6,          /**< the call's deadline passed */
    BOXD_ERR_CONNECTION = 7,       /**< the service could not be reached, or the connection broke */
    BOXD_ERR_INTERNAL = 8,         /**< the service, or what stands before it, failed */

    /* Finer values; boxd_status_class() gives the class. */
    BOXD_ERR_PERMISSION_DENIED = 20,   /**< class authentication */
    BOXD_ERR_ALREADY_EXISTS = 21,      /**< class invalid argument: the name is taken */
    BOXD_ERR_FAILED_PRECONDITION = 22, /**< class failed: the object's state does not allow it */

    /* Found by this library. Their class is BOXD_ERR_FAILED. */
    BOXD_ERR_CANCELLED = 40,      /**< a cancel token was fired */
    BOXD_ERR_CLOSED = 41,         /**< the client was closed */
    BOXD_ERR_WOULD_DEADLOCK = 42, /**< a blocking function was called inside a callback */
    BOXD_ERR_NO_MEMORY = 43,      /**< an allocation failed */
    BOXD_ERR_UNSUPPORTED =
        44, /**< this server does not offer the operation; the message names another way, if any */
    BOXD_ERR_NO_EXIT_STATUS = 45, /**< an exec stream ended without an exit status */
    BOXD_ERR_PROTOCOL = 46,       /**< the server's answer makes no sense */
    BOXD_ERR_OUTPUT_LIMIT = 47,   /**< more output than the options allow to keep */
    BOXD_ERR_LOCAL_FILE = 48,     /**< a file on this side could not be read or written */
    BOXD_ERR_INCOMPLETE = 49,     /**< a transfer ended with fewer or more bytes than announced */
    BOXD_ERR_NO_THREAD = 50,      /**< a thread of the library could not be started */
    BOXD_ERR_UNREAD_OUTPUT =
        51,               /**< a side of a command's output is full, and the program does not read it */
    BOXD_ERR_BUSY = 52,   /**< as many calls are in flight as the client's options allow; retryable */
    BOXD_ERR_FORKED = 53, /**< the client belongs to the parent of this process */

    /* Of Drukbox, beside BOXD_ERR_AUTHENTICATION (HTTP 401, 403) and BOXD_ERR_NOT_FOUND (404). */
    BOXD_ERR_CONFLICT = 60,     /**< 409: the object's state does not allow it, or the name is taken; class
                                 * failed */
    BOXD_ERR_PROVISIONING = 61, /**< 502: making the host was tried, and failed; class internal */
    BOXD_ERR_VALIDATION = 62,   /**< 422: the service refused an argument; class invalid argument */
    BOXD_ERR_RESPONSE = 63,     /**< an answer that makes no sense, or another status; class failed */
    BOXD_ERR_UNAVAILABLE = 64,  /**< no HTTP answer came, or 503; class connection */
    BOXD_ERR_CAPACITY = 65      /**< 503: the provider is at its limit of hosts; a kind of unavailable, class
                                 * connection */
} boxd_status;

/** Whether a failed call reached the service. */
typedef enum boxd_sent {
    BOXD_SENT_UNKNOWN = 0, /**< it may have had its effect */
    BOXD_SENT_NO = 1,      /**< it was not sent: it had no effect */
    BOXD_SENT_YES = 2      /**< the service answered it */
} boxd_sent;

/** What is known of a command whose call failed. */
typedef enum boxd_command_state {
    BOXD_COMMAND_NONE = 0,        /**< the call was about no command, or ended before it looked at it */
    BOXD_COMMAND_NOT_STARTED = 1, /**< it was not sent, or refused */
    BOXD_COMMAND_ENDED = 2,       /**< it has ended, by itself or with its box */
    BOXD_COMMAND_KILLED = 3,      /**< the service was told to end it, over a connection that was up */
    BOXD_COMMAND_RUNNING = 4,     /**< it goes on: the call ended, its stream did not */
    BOXD_COMMAND_UNKNOWN = 5      /**< it may run on: the connection was lost before the service was told */
} boxd_command_state;

#define BOXD_ERROR_MESSAGE_SIZE 512

/** Why a call failed. The caller owns it; it needs no freeing. Passed to a callback it is borrowed for the
 * callback's duration. A call that succeeds leaves the struct it was given untouched. */
typedef struct boxd_error {
    boxd_status status;
    int grpc_code;                         /**< the gRPC status code, -1 where no RPC answered */
    int http_status;                       /**< the HTTP status, 0 where no HTTP request answered */
    boxd_sent sent;                        /**< whether the request reached the service */
    int64_t retry_after_ms;                /**< how long the service asks to wait, 0 if it did not say */
    bool retryable;                        /**< the same call may succeed later, and repeating it is safe */
    char message[BOXD_ERROR_MESSAGE_SIZE]; /**< one sentence: what happened, to which object, what to do next
                                            */
    /* Of calls about a command: */
    boxd_command_state command; /**< what became of it */
    int exit_code;              /**< its exit code, if has_exit_code */
    bool has_exit_code;         /**< it has ended with one, although the call failed */
    uint64_t in_bytes, out_bytes,
        err_bytes; /**< accepted of its input; arrived of its output and error output */
    char reserved_[32];
} boxd_error;

/** An error struct in which no call has failed yet. */
#ifdef __cplusplus
extern "C++" {
inline boxd_error boxd_error_init_()
{
    boxd_error error = boxd_error();
    error.grpc_code = -1;
    return error;
}
}
#define BOXD_ERROR_INIT (boxd_error_init_())
#else
#define BOXD_ERROR_INIT                                                                                      \
    {                                                                                                        \
        .status = BOXD_OK, .grpc_code = -1                                                                   \
    }
#endif

/** The name of `status` in words, e.g. "not found". Static; never NULL: an unknown value is "unknown status".
 */
BOXD_API const char *boxd_status_name(boxd_status status);

/** The class of `status` among BOXD_OK and the values up to BOXD_ERR_INTERNAL: the error hierarchy of the
 * Python package 0.1.2 (PERMISSION_DENIED is an authentication error there, ALREADY_EXISTS an invalid
 * argument), and what comes nearest for Drukbox's. Values without such a class are BOXD_ERR_FAILED, the base
 * class. */
BOXD_API boxd_status boxd_status_class(boxd_status status);

BOXD_END_DECLS

#endif
