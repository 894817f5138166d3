/**
 * @file exec.h
 * Running commands, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_EXEC_H
#define BOXD_EXEC_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

BOXD_BEGIN_DECLS

/**
 * Runs a command and collects its output; its standard input is empty. RPC: Exec (and GetVm while the box is
 * silent). Never run twice. A command that exits with another code than 0 is a result, not an error. A
 * timeout or cancel ends the call at once, and the service kills the command's process group.
 *
 * @param argv    the words of the command, NULL-terminated, at least one; each arrives exactly as it is here
 * @param options or NULL
 * @param error   or NULL
 * @return the result, owned by the caller (boxd_exec_result_free()); NULL: BOXD_ERR_NO_EXIT_STATUS (the
 * stream ended without one), BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_FAILED_PRECONDITION (the box is stopped),
 * BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT (no words; a malformed env name)
 */
BOXD_API boxd_exec_result *boxd_box_exec(boxd_box *box, const char *const *argv,
                                         const boxd_exec_options *options, boxd_error *error);

/**
 * As boxd_box_exec(), with a line for the box's shell (`sh`) in place of words: pipes, variables and several
 * commands work; env and cwd hold for the whole line. RPC: Exec.
 *
 * @param line    not empty
 * @param options or NULL
 * @param error   or NULL
 * @return as boxd_box_exec()
 */
BOXD_API boxd_exec_result *boxd_box_exec_shell(boxd_box *box, const char *line,
                                               const boxd_exec_options *options, boxd_error *error);

BOXD_END_DECLS

#endif
