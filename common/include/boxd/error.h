/**
 * @file boxd/error.h
 * Errors: one enum and one struct for boxd and Drukbox, for blocking and async calls.
 *
 * @since 0.1.0
 */
#ifndef BOXD_ERROR_H
#define BOXD_ERROR_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** The outcome of a call. The values are part of the ABI. */
typedef enum boxd_status {
    BOXD_OK = 0,

    /* Classes of errors. */
    /** The base class: the service refused the call for a reason that has no class of its own. */
    BOXD_ERR_FAILED = 1,
    /** No valid credential. */
    BOXD_ERR_AUTHENTICATION = 2,
    /** The object does not exist. */
    BOXD_ERR_NOT_FOUND = 3,
    /** A quota or a rate limit is exhausted. */
    BOXD_ERR_QUOTA = 4,
    /** An argument was refused, by the library or by the service. The call had no effect. */
    BOXD_ERR_INVALID_ARGUMENT = 5,
    /** The timeout of the call passed. */
    BOXD_ERR_TIMEOUT = 6,
    /** The service cannot be reached, or the connection broke. */
    BOXD_ERR_CONNECTION = 7,
    /** The service, or a proxy in front of it, failed. */
    BOXD_ERR_INTERNAL = 8,

    /* Finer values. boxd_status_class() returns the class. */
    /** Class authentication: the credential does not allow the call. */
    BOXD_ERR_PERMISSION_DENIED = 20,
    /** Class invalid argument: the name is taken. */
    BOXD_ERR_ALREADY_EXISTS = 21,
    /** Class failed: the state of the object does not allow the call. */
    BOXD_ERR_FAILED_PRECONDITION = 22,

    /* Detected by this library. Their class is BOXD_ERR_FAILED. */
    /** A cancel token was fired. */
    BOXD_ERR_CANCELLED = 40,
    /** The client was closed. */
    BOXD_ERR_CLOSED = 41,
    /** A blocking function was called inside a callback. */
    BOXD_ERR_WOULD_DEADLOCK = 42,
    /** An allocation failed. */
    BOXD_ERR_NO_MEMORY = 43,
    /** The server does not offer the operation. The message names an alternative if there is one. */
    BOXD_ERR_UNSUPPORTED = 44,
    /** The stream of a command ended without an exit status, or without a confirmed one although the options
     * require that. `command` of the error says whether the command may still run. */
    BOXD_ERR_NO_EXIT_STATUS = 45,
    /** The server sent a malformed response. */
    BOXD_ERR_PROTOCOL = 46,
    /** A command produced more output than the options allow to keep. */
    BOXD_ERR_OUTPUT_LIMIT = 47,
    /** A local file could not be read or written. */
    BOXD_ERR_LOCAL_FILE = 48,
    /** A transfer ended with fewer or more bytes than announced. */
    BOXD_ERR_INCOMPLETE = 49,
    /** A thread of the library could not be started. */
    BOXD_ERR_NO_THREAD = 50,
    /** An output stream of a command is full and the program does not read it. */
    BOXD_ERR_UNREAD_OUTPUT = 51,
    /** The client has as many calls in flight as its options allow. Retryable. */
    BOXD_ERR_BUSY = 52,
    /** The client belongs to the parent of this process. */
    BOXD_ERR_FORKED = 53,
    /** A response or a file is larger than the options allow. */
    BOXD_ERR_TOO_LARGE = 54,

    /* Statuses of Drukbox, besides BOXD_ERR_AUTHENTICATION (HTTP 401, 403) and BOXD_ERR_NOT_FOUND (404). */
    /** HTTP 409, class failed: the state of the object does not allow the call, or the name is taken. */
    BOXD_ERR_CONFLICT = 60,
    /** HTTP 502, class internal: the service tried to make the host and failed. */
    BOXD_ERR_PROVISIONING = 61,
    /** HTTP 422, class invalid argument: the service refused an argument. */
    BOXD_ERR_VALIDATION = 62,
    /** Class failed: a malformed response, or an HTTP status that has no value of its own. */
    BOXD_ERR_RESPONSE = 63,
    /** Class connection: no HTTP response, or HTTP 503. */
    BOXD_ERR_UNAVAILABLE = 64,
    /** HTTP 503, class connection: the provider has reached its limit of hosts. */
    BOXD_ERR_CAPACITY = 65
} boxd_status;

/** Whether the request of a failed call reached the service. The request is the one that has the effect of
 * the call: requests that get a token or find a box by its name do not count, and neither does an attempt
 * whose token the service rejected. Of a call that is repeated, or that polls, each attempt counts. The
 * request of a stream is its first message. A call on an open stream sends what the program writes: a read or
 * a wait sends nothing. */
typedef enum boxd_sent {
    /** Unknown: the request may have taken effect. */
    BOXD_SENT_UNKNOWN = 0,
    /** The request was not sent: it had no effect. */
    BOXD_SENT_NO = 1,
    /** The service answered the request. */
    BOXD_SENT_YES = 2
} boxd_sent;

/** The state of the command of a failed call on a command. */
typedef enum boxd_command_state {
    /** The call has no command, or failed before it looked at the command. */
    BOXD_COMMAND_NONE = 0,
    /** The request to start the command was not sent, or the service refused it at once. */
    BOXD_COMMAND_NOT_STARTED = 1,
    /** The command has ended, on its own or together with its box. */
    BOXD_COMMAND_ENDED = 2,
    /** The service has received the request to end the command: it has answered a later request on the same
     * connection. */
    BOXD_COMMAND_KILLED = 3,
    /** The command is running: the call has ended, the stream has not. */
    BOXD_COMMAND_RUNNING = 4,
    /** The command may still be running: nothing shows that the service received the request to end it. */
    BOXD_COMMAND_UNKNOWN = 5
} boxd_command_state;

/** The size of boxd_error.message, in bytes. */
#define BOXD_ERROR_MESSAGE_SIZE 512

/** Why a call failed. The caller owns the struct; nothing in it has to be freed. An error that is passed to a
 * callback is borrowed until the callback returns. A call that succeeds does not change the struct. The size
 * of this struct never changes. */
typedef struct boxd_error {
    /** The class of the failure. BOXD_OK: no error. */
    boxd_status status;
    /** The gRPC status code that the service sent, or UNAVAILABLE (14) if gRPC could not reach it; -1: the
     * service sent none. A timeout or a cancel of the client has -1. */
    int grpc_code;
    /** The HTTP status of the response, also if a proxy answered a gRPC call with one; 0: there was none. The
     * answer of a proxy to CONNECT is not a response: it is in the message only. */
    int http_status;
    /** Whether the request reached the service. */
    boxd_sent sent;
    /** How long to wait before the next attempt: as the service asks, or until the library tries a failed
     * token exchange again. 0: not known. It may be set although `retryable` is false: until then, no call
     * asks the service. */
    int64_t retry_after_ms;
    /** Whether the same call may succeed later and is safe to repeat. */
    bool retryable;
    /** One sentence: what happened, to which object, and what to do next. One line, as boxd_printable()
     * writes text, also where it contains text of the service. No credential of the client. */
    char message[BOXD_ERROR_MESSAGE_SIZE];

    /* Set if the call concerns a command: */
    /** The state of the command. */
    boxd_command_state command;
    /** The exit code of the command, if `has_exit_code`. */
    int exit_code;
    /** Whether the command ended with an exit code although the call failed. */
    bool has_exit_code;
    /** If `has_exit_code`: as in boxd_exec_result. */
    bool exit_confirmed;
    /** Bytes of input that the connection accepted. */
    uint64_t in_bytes;
    /** Bytes of standard output that arrived. */
    uint64_t out_bytes;
    /** Bytes of standard error that arrived. */
    uint64_t err_bytes;
    char reserved_[32];
} boxd_error;

/** Initialises a boxd_error: `boxd_error err = BOXD_ERROR_INIT;`. The struct has no error. */
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

/** The name of `status`, for example "not found". Static; never NULL. An unknown value has the name "unknown
 * status". */
BOXD_API const char *boxd_status_name(boxd_status status);

/**
 * The class of `status`: BOXD_OK, or one of the values up to BOXD_ERR_INTERNAL. The classes are the exception
 * classes of the Python package 0.1.2. There, PERMISSION_DENIED is an authentication error and ALREADY_EXISTS
 * an invalid argument. The values of Drukbox have the most similar class. A value without such a class has
 * BOXD_ERR_FAILED, the base class.
 */
BOXD_API boxd_status boxd_status_class(boxd_status status);

/**
 * Prints a line on standard error, as perror() does: `what`, the name of the status and the message,
 * separated by ": ". Of the library only this function and BOXD_UPDATE_NOTICE_STDERR write to standard error.
 *
 * @param error the error of a failed call
 * @param what  for example the name of the program or of an object; NULL: the line begins with the status
 */
BOXD_API void boxd_error_print(const boxd_error *error, const char *what);

BOXD_END_DECLS

#endif
