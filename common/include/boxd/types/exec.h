/**
 * @file types/exec.h
 * Running a command in a box: options and result.
 */
#ifndef BOXD_TYPES_EXEC_H
#define BOXD_TYPES_EXEC_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

typedef struct boxd_exec_options {
    size_t size;
    boxd_call_options call; /**< by default a command may run for ever */
    const char *const
        *env;        /**< "NAME=value" words on top of the box's environment, NULL-terminated; or NULL */
    const char *cwd; /**< working directory; NULL: /home/boxd */
    size_t max_output_bytes; /**< kept of stdout and stderr together; 0: 64 MiB. Past it:
                                BOXD_ERR_OUTPUT_LIMIT */
    /** Milliseconds of silence after which the box's status is asked, so that a dead box ends the call. 0:
     * 5,000; -1: off. A network that is gone is found by `keepalive_ms` of the client. */
    int32_t liveness_ms;
    int32_t reserved_;
} boxd_exec_options;

#define BOXD_EXEC_OPTIONS_INIT BOXD_SIZED(boxd_exec_options)

/** What a command left; freed with boxd_exec_result_free(). */
typedef struct boxd_exec_result {
    boxd_buffer out; /**< standard output */
    boxd_buffer err; /**< standard error */
    int exit_code;   /**< as the box reported it */
    bool success;    /**< exit_code is 0 */
    /** False in the one ambiguous case of the wire: the stream's last message carried output and code 0, so
     * that it could have been cut off before the real status. */
    bool exit_confirmed;
} boxd_exec_result;

/** Frees a result. NULL is allowed. */
BOXD_API void boxd_exec_result_free(boxd_exec_result *result);

BOXD_END_DECLS

#endif
