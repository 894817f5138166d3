/**
 * @file boxd/types/exec.h
 * Running a command in a box: options and result. docs/exec.md describes what a command can rely on, and its
 * limits.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_EXEC_H
#define BOXD_TYPES_EXEC_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/terminal.h>

BOXD_BEGIN_DECLS

/** The source of a command's standard input. */
typedef enum boxd_input_mode {
    /** BOXD_INPUT_PIPE for boxd_box_exec_stream(), otherwise BOXD_INPUT_CLOSED. */
    BOXD_INPUT_DEFAULT = 0,
    /** What the program writes with boxd_process_write(). Streams only. */
    BOXD_INPUT_PIPE = 1,
    /** No input: the command reads the end at once. Not for streams with a PTY. */
    BOXD_INPUT_CLOSED = 2,
    /** The bytes in `data`, then the end. */
    BOXD_INPUT_BYTES = 3,
    /** What is read from the descriptor `fd`, up to its end. */
    BOXD_INPUT_FD = 4
} boxd_input_mode;

/** A command's standard input: `.in = {.mode = BOXD_INPUT_BYTES, .data = text, .data_size = size}`. */
typedef struct boxd_input {
    /** 0: the default of the function. */
    boxd_input_mode mode;
    /** Duplicated before the call returns. Read only when it is readable. */
    int fd;
    /** Copied before the call returns. */
    const void *data;
    /** In bytes. */
    size_t data_size;
    void *reserved_[2];
} boxd_input;

/** The destination of an output stream of a command. */
typedef enum boxd_output_mode {
    /** BOXD_OUTPUT_PIPE for boxd_box_exec_stream(), otherwise BOXD_OUTPUT_KEEP. */
    BOXD_OUTPUT_DEFAULT = 0,
    /** The program reads it with boxd_process_read(). Streams only. */
    BOXD_OUTPUT_PIPE = 1,
    /** Kept for the result, up to `max_output_bytes`. */
    BOXD_OUTPUT_KEEP = 2,
    /** The first `keep_bytes` bytes are kept, the others counted. */
    BOXD_OUTPUT_HEAD = 3,
    /** The last `keep_bytes` bytes are kept, the others counted. */
    BOXD_OUTPUT_TAIL = 4,
    /** Only counted. */
    BOXD_OUTPUT_DISCARD = 5,
    /** Written to the descriptor `fd`. If nothing reads from the other end, the command waits, until a
     * timeout, a cancel or a close. */
    BOXD_OUTPUT_FD = 6,
    /** Standard error only: written to the destination of standard output, in the order of arrival. */
    BOXD_OUTPUT_MERGE = 7
} boxd_output_mode;

/** An output stream of a command: `.err = {.mode = BOXD_OUTPUT_MERGE}`,
 * `.out = {.mode = BOXD_OUTPUT_TAIL, .keep_bytes = 4096}`. */
typedef struct boxd_output {
    /** 0: the default of the function. */
    boxd_output_mode mode;
    /** Duplicated before the call returns. Writing never blocks the library and raises no SIGPIPE. */
    int fd;
    /** For BOXD_OUTPUT_HEAD and BOXD_OUTPUT_TAIL. 0: 64 KiB. For BOXD_OUTPUT_FD: the most that is written to
     * `fd`; further output is counted. 0: no limit. */
    size_t keep_bytes;
    void *reserved_[2];
} boxd_output;

typedef struct boxd_exec_options {
    size_t size;
    /** For the whole run of the command. There is no default timeout. */
    boxd_call_options call;
    /** "NAME=value" strings that end with NULL, added to the environment of the box; or NULL. The words of a
     * command and its environment are one shell line, which must have less than 128 KiB (131,072 bytes) on
     * Linux: put more into a file, or into the standard input. The library sends longer commands too. */
    const char *const *env;
    /** The working directory. NULL: /home/boxd. */
    const char *cwd;
    /** The standard input of the command. Default: BOXD_INPUT_PIPE for functions whose names end with
     * `_stream`, BOXD_INPUT_CLOSED for the others. */
    boxd_input in;
    /** The standard output of the command. Default: BOXD_OUTPUT_PIPE for functions whose names end with
     * `_stream`, BOXD_OUTPUT_KEEP for the others. */
    boxd_output out;
    /** The standard error of the command. Default: as `out`. Service 0.1 sends standard error as standard
     * output: the bytes then go to the destination of `out`, and `err` gets nothing. */
    boxd_output err;
    /** Whether the command gets a pseudo terminal, which merges standard error into standard output. The
     * command of an `argv` is then the foreground process itself, without a shell around it. */
    bool pty;
    /** The same as `pty`. */
    bool interactive;
    /** Whether an unconfirmed exit code (boxd_exec_result.exit_confirmed) is a failure: the call then ends in
     * BOXD_ERR_NO_EXIT_STATUS. */
    bool require_exit_confirmed;
    char reserved_[5];
    /** Columns of the PTY. 0: 80. */
    uint32_t cols;
    /** Rows of the PTY. 0: 24. */
    uint32_t rows;
    /** Runs the command on this terminal; or NULL. Implies `pty` and the size of the terminal. `in` and `out`
     * must not be set: they become the descriptors of the terminal. Changes of the terminal's size are passed
     * on. */
    boxd_terminal *terminal;
    /** The limit for BOXD_OUTPUT_KEEP, both streams together. 0: 64 MiB. A command that exceeds the limit
     * continues, its further output is counted, and the call ends in BOXD_ERR_OUTPUT_LIMIT. */
    size_t max_output_bytes;
    /** How much output the library reads ahead of the program. 0: 256 KiB. Then the box has to wait. A stream
     * may hold one message more, and what gRPC's flow control allows to be under way. */
    size_t read_ahead_bytes;
    /** Time without output after which the library asks for the status of the box, so that a call ends if its
     * box has stopped. 0: 5,000. -1: never. If more than 500 streams of a client are silent, the library asks
     * less often for each, at most a hundred times per second in all. `keepalive_ms` of the client detects a
     * lost network. */
    int64_t liveness_ms;
    /** How long other calls on a stream wait if an output stream is full and the program does not read it, so
     * that nothing further can arrive. Then they end in BOXD_ERR_UNREAD_OUTPUT, and the stream stays open. 0:
     * 5,000. -1: no limit. */
    int64_t unread_ms;
} boxd_exec_options;

#define BOXD_EXEC_OPTIONS_INIT BOXD_SIZED(boxd_exec_options)

/** The result of a command; freed with boxd_exec_result_free(). */
typedef struct boxd_exec_result {
    /** What was kept of standard output. */
    boxd_buffer out;
    /** What was kept of standard error. Always empty with service 0.1, which sends standard error as standard
     * output: `out` has both. */
    boxd_buffer err;
    /** As the box reported it. A code other than 0 that the box sent is never replaced by 0. */
    int exit_code;
    /** Whether `exit_code` is 0, also if the code is not confirmed: see `exit_confirmed`. */
    bool success;
    /** False if the exit code is uncertain: the last message of the stream had output and code 0, as all
     * earlier messages have, so a message with the exit code may be missing; or the box sent several codes
     * that differ; or the stream stayed open after the apparent exit (docs/exec.md, points 1 and 5). */
    bool exit_confirmed;
    /** Bytes of standard output that arrived, kept or not. */
    uint64_t out_bytes;
    /** Bytes of standard error that arrived, kept or not. */
    uint64_t err_bytes;
    /** Of `out_bytes`: bytes dropped by BOXD_OUTPUT_HEAD, BOXD_OUTPUT_TAIL and BOXD_OUTPUT_DISCARD, and by
     * `keep_bytes` of BOXD_OUTPUT_FD. */
    uint64_t out_dropped_bytes;
    /** Of `err_bytes`: as `out_dropped_bytes`. */
    uint64_t err_dropped_bytes;
    /** Why the command may have failed with exit code 126 or 127: it is longer than a box may take. Else
     * NULL. */
    const char *warning;
} boxd_exec_result;

/** Frees a result. NULL is allowed. */
BOXD_API void boxd_exec_result_free(boxd_exec_result *result);

BOXD_END_DECLS

#endif
