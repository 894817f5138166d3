/*
 * remote_shell.h: the input of a shell in a box that makes the entries of a directory, for boxes without tar.
 * The contents of files are uploaded to a temporary directory, and the shell moves them to their places. The
 * shell removes the temporary directory when it ends, however it ends. Pure.
 *
 * The output of the shell are records that end with NUL: SHELL_READY and the umask; for each entry that could
 * not be made its number, a space and the reason; an empty record for each remote_shell_sync().
 */
#ifndef BOXD_REMOTE_SHELL_H
#define BOXD_REMOTE_SHELL_H

#include "boxd/dirs/remote_command.h"
#include "boxd/dirs/tree_walk.h"
#include "text.h"

#define SHELL_READY "umask "

/* The command, for the directory `path`, which is made, and the temporary one. */
void remote_shell(remote_command *c, const char *path, const char *temporary);

/* Makes a directory that has no entries yet, or is about to get others. */
void remote_shell_make_dir(text *input, size_t number, const tree_entry *e);

/* Makes a link; or a file, whose contents are in the temporary directory under its number. Sets mode and
 * time; for a directory, when it is complete; the top one comes last, and the temporary directory is removed
 * before. `sets_time`: else entries have the time of their making. */
void remote_shell_make_link(text *input, size_t number, const tree_entry *e, bool sets_time);
void remote_shell_place_file(text *input, size_t number, const tree_entry *e, bool sets_time);
void remote_shell_end_dir(text *input, size_t number, const tree_entry *e, bool sets_time);

/* Makes the shell answer with an empty record. */
void remote_shell_sync(text *input);

/* Adds a space and "./path", quoted, with $boxd_newline in place of a newline. Bytes stay as they are. */
void remote_add_path(text *input, const char *path);

#endif
