/**
 * @file terminal.h
 * The program's own terminal, lent to a command in a box.
 *
 *     boxd_terminal *terminal = boxd_terminal_open(NULL, &error);
 *     boxd_exec_result *r = terminal ? boxd_box_exec(box, BOXD_ARGV("bash"),
 *         BOXD_OPTIONS(boxd_exec_options, .terminal = terminal), &error) : NULL;
 *     boxd_terminal_free(terminal);
 */
#ifndef BOXD_TERMINAL_H
#define BOXD_TERMINAL_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/**
 * A terminal in raw mode: each key goes to the command as it is, also Ctrl-C. Its former mode is restored by
 * boxd_terminal_free(), and when the program ends in any other way: it returns from main, is killed or
 * crashes. For that a small process watches the program; it sends no SIGCHLD, and wait() does not see it. No
 * signal handler is installed: changes of size are looked for while a command runs on the terminal.
 */
typedef struct boxd_terminal boxd_terminal;

typedef struct boxd_terminal_options {
    size_t size;
    /** A descriptor of the terminal, other than standard input and output: keys are read from it, output is
     * written to it. 0: keys from standard input (0), output to standard output (1) */
    int fd;
    int32_t reserved_;
} boxd_terminal_options;

#define BOXD_TERMINAL_OPTIONS_INIT BOXD_SIZED(boxd_terminal_options)

/**
 * Puts the terminal into raw mode. Does not block; any thread.
 *
 * @param options borrowed for the call; or NULL
 * @param error   filled on failure; may be NULL
 * @return the terminal, owned by the caller (boxd_terminal_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (standard
 *   input or the descriptor is no terminal), BOXD_ERR_FAILED_PRECONDITION (another boxd_terminal of this
 * program has it), BOXD_ERR_FAILED (its mode cannot be set, the watching process cannot be made),
 * BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_terminal *boxd_terminal_open(const boxd_terminal_options *options, boxd_error *error);

/** Its size now, in characters. @param cols set, to 0 where it is not known; or NULL @param rows likewise */
BOXD_API void boxd_terminal_size(const boxd_terminal *terminal, uint32_t *cols, uint32_t *rows);

/** Restores the former mode, and frees the handle; a command that still runs on the terminal keeps its
 * descriptors until it ends. NULL is allowed. */
BOXD_API void boxd_terminal_free(boxd_terminal *terminal);

BOXD_END_DECLS

#endif
