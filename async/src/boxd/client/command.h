/*
 * command.h: the one line that the machine's `sh` runs, from words, environment and working directory. Pure.
 */
#ifndef BOXD_COMMAND_H
#define BOXD_COMMAND_H

#include <boxd/error.h>

/*
 * From words: each quoted as POSIX shells need it (bare when only [A-Za-z0-9@%+=:,./_-], else in single
 * quotes with ' as '"'"', the empty word as ''), joined by spaces; K='v' assignments in front (values always
 * quoted that way), and `cd <quoted> && ` in front of those. A first word is quoted even so where the shell
 * would take it for something else: with = (an assignment), with - or + in front (options of `sh -c`), and
 * reserved words
 * (`if`, `done`, ...). A relative `cwd` gets ./ in front, lest cd take it for an option or search CDPATH.
 * `env` and `cwd` may be NULL, an empty `cwd` is none. *line is allocated (mem_free); NULL on failure.
 * BOXD_ERR_INVALID_ARGUMENT: no words, an empty or NULL first word, a malformed env name; BOXD_ERR_NO_MEMORY.
 */
boxd_status command_from_words(const char *const *argv, const char *const *env, const char *cwd, char **line,
                               boxd_error *error);

/*
 * From a shell line, not empty: directory changed and environment exported for the whole line; a failed cd
 * ends it with the status that cd leaves (2 in dash), and nothing of the line runs. The line itself stays
 * verbatim, also when it ends in a comment, a backslash or a here-document or has several lines. Without
 * `env` and `cwd` nothing is added.
 */
boxd_status command_from_line(const char *shell_line, const char *const *env, const char *cwd, char **line,
                              boxd_error *error);

#endif
