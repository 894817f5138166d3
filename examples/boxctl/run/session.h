/* session.h: a command in a box on the terminal of boxctl. */
#ifndef BOXCTL_RUN_SESSION_H
#define BOXCTL_RUN_SESSION_H

#include "cli/boxctl.h"

/* Starts the command of a session. `data` is that of session_run(). */
typedef boxd_process *session_starter(boxd_box *box, const boxd_exec_options *options, const void *data,
                                      boxd_error *error);

/* How a session ended. */
typedef enum session_end {
    SESSION_EXITED,
    SESSION_FAILED,
    /* by the escape ~. */
    SESSION_DISCONNECTED
} session_end;

/*
 * Runs a command on the terminal, which is in raw mode meanwhile. `options` have neither a terminal nor
 * inputs and outputs. `escape` is the escape character, or 0: none. On SESSION_EXITED `*result` is the
 * caller's; on SESSION_FAILED the error is set.
 */
session_end session_run(boxd_box *box, const boxd_exec_options *options, char escape, session_starter *start,
                        const void *data, boxd_exec_result **result, boxd_error *error);

/* Reads the value of --escape: one character, ^C for a control character, or "none". False: another text. */
bool session_parse_escape(const char *text, char *escape);

#endif
