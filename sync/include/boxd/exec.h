/**
 * @file boxd/exec.h
 * Commands that run to their end. General rules: see boxd.h. Guarantees and limits: see docs/exec.md.
 *
 * @since 0.1.0
 */
#ifndef BOXD_EXEC_H
#define BOXD_EXEC_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

BOXD_BEGIN_DECLS

/**
 * Runs a command and collects its output. By default the standard input of the command is empty.
 *
 * A non-zero exit code is a result, not an error. The command is never run twice. After a timeout or the
 * cancel token the service is asked to kill the process group of the command, and the call ends within a
 * second: boxd_error.command says whether the service has received this.
 *
 * @param argv the command and its arguments, at least one string; each is passed to the command unchanged.
 *   Together with `env` they must have less than 128 KiB.
 *
 * @li Result: the result, freed with boxd_exec_result_free()
 * @li Errors: BOXD_ERR_NO_EXIT_STATUS (the stream ended without an exit status, or, with
 *   `require_exit_confirmed`, without a confirmed one), BOXD_ERR_OUTPUT_LIMIT,
 *   BOXD_ERR_FAILED_PRECONDITION (the box is stopped), BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT
 *   (`argv` is empty; a malformed name in `env`; a file descriptor that is not open), BOXD_ERR_LOCAL_FILE (a
 *   file descriptor of `in`, `out` or `err` could not be read or written), BOXD_ERR_NO_THREAD and
 *   BOXD_ERR_FAILED (no thread or no file descriptors are left to transfer them)
 * @li RPC: Exec; GetVm to check the box while the command writes nothing, and after a cancel
 */
BOXD_API boxd_exec_result *boxd_box_exec(boxd_box *box, const char *const *argv,
                                         const boxd_exec_options *options, boxd_error *error);

/**
 * Runs a command line in the shell of the box (`sh`), otherwise as boxd_box_exec(). Pipes, variables and
 * several commands work; `env` and `cwd` apply to the whole line.
 *
 * @param line not empty, UTF-8
 *
 * @li Result: the result, freed with boxd_exec_result_free()
 * @li Errors: as boxd_box_exec()
 * @li RPC: Exec, as boxd_box_exec()
 */
BOXD_API boxd_exec_result *boxd_box_exec_shell(boxd_box *box, const char *line,
                                               const boxd_exec_options *options, boxd_error *error);

BOXD_END_DECLS

#endif
