/**
 * @file aio/exec.h
 * Running commands, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_EXEC_H
#define BOXD_AIO_EXEC_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

BOXD_BEGIN_DECLS

/** Ends a buffered exec. @param result owned by the callback; NULL on failure */
typedef void (*boxd_exec_result_cb)(boxd_exec_result *result, const boxd_error *error, void *user_data);

/**
 * Runs a command and collects its output; its standard input is empty. RPC: Exec (and GetVm while the box is
 * silent). Never run twice. A command that exits with another code than 0 is a result, not an error. A
 * timeout or cancel ends the call at once, and the service kills the command's process group.
 *
 * @param argv the words of the command, NULL-terminated, at least one; each arrives exactly as it is here
 * @param options or NULL
 * @param callback gets the result, or: BOXD_ERR_NO_EXIT_STATUS (the stream ended without one),
 * BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_FAILED_PRECONDITION (the box is stopped), BOXD_ERR_NOT_FOUND,
 * BOXD_ERR_TIMEOUT, BOXD_ERR_CONNECTION, BOXD_ERR_INVALID_ARGUMENT (no words; a malformed env name). Runs on
 * the core thread or in dispatch.
 */
BOXD_API void boxd_aio_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                boxd_exec_result_cb callback, void *user_data);

/**
 * As boxd_aio_box_exec(), with a line for the box's shell (`sh`) in place of words: pipes, variables and
 * several commands work; env and cwd hold for the whole line. RPC: Exec.
 *
 * @param line not empty
 * @param options or NULL
 * @param callback as in boxd_aio_box_exec()
 */
BOXD_API void boxd_aio_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                                      boxd_exec_result_cb callback, void *user_data);

BOXD_END_DECLS

#endif
