/**
 * @file types/exec.h
 * Running a command in a box: options and result. What a command may rely on, and its limits, is
 * docs/exec.md.
 */
#ifndef BOXD_TYPES_EXEC_H
#define BOXD_TYPES_EXEC_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/terminal.h>

BOXD_BEGIN_DECLS

/** Where a command's standard input comes from. */
typedef enum boxd_input_mode {
    BOXD_INPUT_DEFAULT = 0, /**< BOXD_INPUT_PIPE for boxd_box_exec_stream(), else BOXD_INPUT_CLOSED */
    BOXD_INPUT_PIPE = 1,    /**< what the program writes (boxd_process_write()); streams only */
    BOXD_INPUT_CLOSED = 2,  /**< nothing: the command reads the end at once. Not for streams with a PTY */
    BOXD_INPUT_BYTES = 3,   /**< `data`, then the end */
    BOXD_INPUT_FD = 4       /**< what the descriptor `fd` gives, to its end */
} boxd_input_mode;

/** A command's standard input: `.in = {BOXD_INPUT_BYTES, .data = text, .data_size = size}`. */
typedef struct boxd_input {
    boxd_input_mode mode;
    /** Duplicated before the call returns; read only when it is readable. */
    int fd;
    /** Copied before the call returns. */
    const void *data;
    /** In bytes. */
    size_t data_size;
    void *reserved_[2];
} boxd_input;

/** What becomes of a side of a command's output. */
typedef enum boxd_output_mode {
    BOXD_OUTPUT_DEFAULT = 0, /**< BOXD_OUTPUT_PIPE for boxd_box_exec_stream(), else BOXD_OUTPUT_KEEP */
    BOXD_OUTPUT_PIPE = 1,    /**< the program reads it (boxd_process_read()); streams only */
    BOXD_OUTPUT_KEEP = 2,    /**< kept for the result, up to `max_output_bytes` */
    BOXD_OUTPUT_HEAD = 3,    /**< of it the first `keep_bytes` are kept, the others counted */
    BOXD_OUTPUT_TAIL = 4,    /**< of it the last `keep_bytes` are kept, the others counted */
    BOXD_OUTPUT_DISCARD = 5, /**< counted only */
    BOXD_OUTPUT_FD = 6, /**< written to the descriptor `fd`, which slows the command down: one that nobody
                           drains holds it up until a timeout, a cancel or a close */
    BOXD_OUTPUT_MERGE =
        7 /**< standard error only: goes where standard output goes, in the order of arrival */
} boxd_output_mode;

/** A side of a command's output: `.err = {BOXD_OUTPUT_MERGE}`, `.out = {BOXD_OUTPUT_TAIL, .keep_bytes =
 * 4096}`. */
typedef struct boxd_output {
    boxd_output_mode mode;
    /** Duplicated before the call returns; never blocks the library, and raises no SIGPIPE. */
    int fd;
    /** Of BOXD_OUTPUT_HEAD and _TAIL; 0: 64 KiB. */
    size_t keep_bytes;
    void *reserved_[2];
} boxd_output;

typedef struct boxd_exec_options {
    size_t size;
    boxd_call_options call; /**< holds for the command as a whole; by default it may run for ever */
    const char *const
        *env;        /**< "NAME=value" words on top of the box's environment, NULL-terminated; or NULL */
    const char *cwd; /**< working directory; NULL: /home/boxd */
    boxd_input in;
    boxd_output out, err;
    bool pty;         /**< with a pseudo terminal, which merges standard error into standard output */
    bool interactive; /**< the same as `pty` */
    char reserved_[6];
    uint32_t cols, rows; /**< of the PTY; 0: 80 and 24 */
    /** Runs the command on this terminal, or NULL: implies `pty`, and its size; `in` and `out`, which are
     * left out, become its descriptors; changes of its size are passed on. */
    boxd_terminal *terminal;
    size_t max_output_bytes; /**< of BOXD_OUTPUT_KEEP, both sides together; 0: 64 MiB. Past it the command
                                runs on, its output is counted, and it ends in BOXD_ERR_OUTPUT_LIMIT */
    /** How much output is read ahead of the program, in bytes; 0: 256 KiB. Then the box is slowed down. What
     * a stream holds beyond it is one message, and what gRPC's flow control allows under way. */
    size_t read_ahead_bytes;
    /** Milliseconds of silence after which the box's status is asked, so that a dead box ends the call. 0:
     * 5,000; -1: off. With more than 500 silent streams of a client each is asked about less often, so that
     * it is a hundred times a second at most. A network that is gone is found by `keepalive_ms` of the
     * client. */
    int64_t liveness_ms;
    /** Milliseconds that other calls on a stream wait while nothing can come, because a side of its output is
     * full and nobody reads it: they end in BOXD_ERR_UNREAD_OUTPUT then, and the stream lives on. 0: 5,000;
     * -1: for ever. */
    int64_t unread_ms;
} boxd_exec_options;

#define BOXD_EXEC_OPTIONS_INIT BOXD_SIZED(boxd_exec_options)

/** What a command left; freed with boxd_exec_result_free(). */
typedef struct boxd_exec_result {
    boxd_buffer out; /**< of standard output, what was kept */
    boxd_buffer err; /**< of standard error, what was kept */
    int exit_code;   /**< as the box reported it */
    bool success;    /**< exit_code is 0 */
    /** False in the one ambiguous case of the wire: the stream's last message carried output and code 0, so
     * that it could have been cut off before the real status; or when the stream was left open after what
     * seemed to be the exit (docs/exec.md, point 5). */
    bool exit_confirmed;
    uint64_t out_bytes, err_bytes;                 /**< that arrived on each side, whatever became of them */
    uint64_t out_dropped_bytes, err_dropped_bytes; /**< of these: by BOXD_OUTPUT_HEAD, _TAIL and _DISCARD */
} boxd_exec_result;

/** Frees a result. NULL is allowed. */
BOXD_API void boxd_exec_result_free(boxd_exec_result *result);

BOXD_END_DECLS

#endif
