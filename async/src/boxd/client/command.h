/*
 * command.h: builds the shell line that a box's `sh` runs, from argv, environment and working directory.
 * Pure.
 */
#ifndef BOXD_COMMAND_H
#define BOXD_COMMAND_H

#include <boxd/error.h>

#include <stdbool.h>

/*
 * From argv: each word quoted for POSIX shells (bare when it has only [A-Za-z0-9@%+=:,./_-], else in single
 * quotes with ' as '"'"'; the empty word as ''; bytes that are not UTF-8, which a string field cannot carry,
 * as "$(printf '\377')"), joined by spaces. Before them K='v' assignments, whose values are always quoted,
 * and before those `cd <quoted> && `. The first word is also quoted where the shell would not read it as a
 * command: with = (an assignment), with - or + in front (options of `sh -c`), and reserved words
 * (`if`, `done`, ...). A relative `cwd` gets ./ in front, so that cd neither takes it for an option nor
 * searches CDPATH. `env` and `cwd` may be NULL; an empty `cwd` is ignored. *line may hold secrets, and is
 * allocated (mem_free_secret); NULL on failure. BOXD_ERR_INVALID_ARGUMENT: no words, an empty or NULL first
 * word, a malformed env name; BOXD_ERR_NO_MEMORY.
 *
 * `replaces_shell`: the command replaces the shell (`exec ...`), unless only a shell has the command (`cd`).
 * On a PTY it is then the foreground process itself: a shell between them would get the signals of the
 * keyboard too, and end before the command. The assignments become exports, since `exec` is a builtin.
 */
boxd_status command_from_words(const char *const *argv, const char *const *env, const char *cwd,
                               bool replaces_shell, char **line, boxd_error *error);

/*
 * From a shell line, not empty: changes the directory and exports the environment for the whole line. A
 * failed cd ends it with the status of cd (2 in dash), and no part of the line runs. The line itself is not
 * changed, also when it ends in a comment, a backslash or a here-document or has several lines. Without `env`
 * and `cwd` nothing is added. BOXD_ERR_INVALID_ARGUMENT also for a line that is not UTF-8.
 */
boxd_status command_from_line(const char *shell_line, const char *const *env, const char *cwd, char **line,
                              boxd_error *error);

#endif
