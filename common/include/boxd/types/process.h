/**
 * @file types/process.h
 * A command that runs while the program reads its output and writes its input; a box's log.
 */
#ifndef BOXD_TYPES_PROCESS_H
#define BOXD_TYPES_PROCESS_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/**
 * A command under way. What it writes is read ahead up to a bound, and then waits in the box until the
 * program reads; what the program writes waits until the box takes it.
 *
 * A handle for any thread and either surface. It may outlive its client.
 */
typedef struct boxd_process boxd_process;

/** A side of a command's output. */
typedef enum boxd_output_stream { BOXD_STDOUT = 1, BOXD_STDERR = 2 } boxd_output_stream;

/** A piece of output, as it came: bytes, which may be cut anywhere. Freed with boxd_chunk_free(). */
typedef struct boxd_chunk {
    const void *data; /**< never NULL */
    size_t size;      /**< bytes, at least one */
    boxd_output_stream stream;
} boxd_chunk;

/** Frees a chunk. NULL is allowed. */
BOXD_API void boxd_chunk_free(boxd_chunk *chunk);

/** What came of a read. */
typedef enum boxd_read_status {
    BOXD_READ_ERROR = -1, /**< the error says why */
    BOXD_READ_END = 0, /**< all of it was read, and the command has ended with an exit code; or the log has */
    BOXD_READ_DATA = 1 /**< a chunk */
} boxd_read_status;

/** Ends a command that still runs, as boxd_process_close() does, without waiting, and frees the handle. NULL
 * is allowed. */
BOXD_API void boxd_process_free(boxd_process *process);

/** The log of a box being read: the output of its main process. A handle for any thread and either surface.
 * It may outlive its client. */
typedef struct boxd_logs boxd_logs;

typedef struct boxd_box_stream_logs_options {
    size_t size;
    boxd_call_options call; /**< holds for the log as a whole; by default it may go on for ever */
    bool follow;            /**< go on with what comes, until the box is gone */
    char reserved_[7];
    int64_t liveness_ms; /**< as in boxd_exec_options */
} boxd_box_stream_logs_options;

#define BOXD_BOX_STREAM_LOGS_OPTIONS_INIT BOXD_SIZED(boxd_box_stream_logs_options)

/** Ends a log that still goes on, without waiting, and frees the handle. NULL is allowed. */
BOXD_API void boxd_logs_free(boxd_logs *logs);

BOXD_END_DECLS

#endif
