/**
 * @file boxd/types/process.h
 * Streams: a command whose output the program reads and whose input it writes while the command runs, and the
 * log of a box.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_PROCESS_H
#define BOXD_TYPES_PROCESS_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/**
 * A handle of a running command. The library reads its output ahead up to a limit; more output waits in the
 * box until the program reads. Input that the program writes waits until the box accepts it.
 *
 * The handle can be used from any thread and by both APIs, and may be freed after its client.
 */
typedef struct boxd_process boxd_process;

/** An output stream of a command. */
typedef enum boxd_output_stream { BOXD_STDOUT = 1, BOXD_STDERR = 2 } boxd_output_stream;

/** A piece of output: the bytes of one message of the service, or of several if the program is behind. The
 * pieces have no relation to lines or characters. Freed with boxd_chunk_free(). */
typedef struct boxd_chunk {
    /** Never NULL. */
    const void *data;
    /** In bytes; at least 1. */
    size_t size;
    /** The output stream that the bytes come from. */
    boxd_output_stream stream;
} boxd_chunk;

/** Frees a chunk. NULL is allowed. */
BOXD_API void boxd_chunk_free(boxd_chunk *chunk);

/** The outcome of a read. */
typedef enum boxd_read_status {
    /** The read failed: see the error. */
    BOXD_READ_ERROR = -1,
    /** All output was read, and the command has ended with an exit code, or the log has ended. */
    BOXD_READ_END = 0,
    /** A chunk was read. */
    BOXD_READ_DATA = 1
} boxd_read_status;

/** Frees the handle. A command that still runs is ended as by boxd_process_close(), without waiting. NULL is
 * allowed. */
BOXD_API void boxd_process_free(boxd_process *process);

/** A handle of the log of a box: the output of its main process. It can be used from any thread and by both
 * APIs, and may be freed after its client. */
typedef struct boxd_logs boxd_logs;

typedef struct boxd_box_stream_logs_options {
    size_t size;
    /** For the whole log. There is no default timeout. */
    boxd_call_options call;
    /** Whether to wait for further output until the box is gone. */
    bool follow;
    char reserved_[7];
    /** As in boxd_exec_options. */
    int64_t liveness_ms;
} boxd_box_stream_logs_options;

#define BOXD_BOX_STREAM_LOGS_OPTIONS_INIT BOXD_SIZED(boxd_box_stream_logs_options)

/** Frees the handle. A log that has not ended is closed, without waiting. NULL is allowed. */
BOXD_API void boxd_logs_free(boxd_logs *logs);

BOXD_END_DECLS

#endif
