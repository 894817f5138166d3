/**
 * @file boxd/terminal.h
 * The terminal of the program, used by a command in a box.
 *
 *     boxd_terminal *terminal = boxd_terminal_open(NULL, &error);
 *     boxd_exec_result *r = terminal ? boxd_box_exec(box, BOXD_ARGV("bash"),
 *         BOXD_OPTIONS(boxd_exec_options, .terminal = terminal), &error) : NULL;
 *     boxd_terminal_free(terminal);
 *
 * @since 0.1.0
 */
#ifndef BOXD_TERMINAL_H
#define BOXD_TERMINAL_H

#include <boxd/base.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/**
 * A terminal in raw mode: every key, also Ctrl-C, goes to the command. boxd_terminal_free() restores the
 * former mode. The former mode is also restored if the program ends without it: when main() returns, and when
 * the program is killed or crashes. For this purpose a small process watches the program; it sends no SIGCHLD
 * and wait() does not return it. The library installs no signal handler: while a command runs on the
 * terminal, the library looks for changes of the terminal's size.
 */
typedef struct boxd_terminal boxd_terminal;

typedef struct boxd_terminal_options {
    size_t size;
    /** A descriptor of the terminal, for reading keys and for writing output; not 0 or 1. 0: read from
     * standard input, write to standard output. */
    int fd;
    int32_t reserved_;
} boxd_terminal_options;

#define BOXD_TERMINAL_OPTIONS_INIT BOXD_SIZED(boxd_terminal_options)

/**
 * Puts the terminal into raw mode. Does not block. Any thread.
 *
 * @param options borrowed for the call; or NULL
 * @param error   filled on failure; may be NULL
 * @return the terminal, freed with boxd_terminal_free(). NULL: BOXD_ERR_INVALID_ARGUMENT (standard input or
 * the descriptor is not a terminal), BOXD_ERR_FAILED_PRECONDITION (another boxd_terminal of this program uses
 * it), BOXD_ERR_FAILED (the mode cannot be set, or the watching process cannot be made), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_terminal *boxd_terminal_open(const boxd_terminal_options *options, boxd_error *error);

/** The current size of the terminal, in characters. @param cols set; 0 if the size is unknown; or NULL @param
 * rows as `cols` */
BOXD_API void boxd_terminal_size(const boxd_terminal *terminal, uint32_t *cols, uint32_t *rows);

/** Restores the former mode and frees the handle. A command that still runs on the terminal keeps the
 * descriptors until it ends. NULL is allowed. */
BOXD_API void boxd_terminal_free(boxd_terminal *terminal);

BOXD_END_DECLS

#endif
