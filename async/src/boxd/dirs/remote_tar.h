/*
 * remote_tar.h: the commands that read and write archives in a box, and what their exit and their messages
 * mean. GNU tar and the tar of BusyBox are supported. Pure.
 */
#ifndef BOXD_REMOTE_TAR_H
#define BOXD_REMOTE_TAR_H

#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_walk.h"

#include <boxd/base.h>
#include <boxd/types/exec.h>

/* The words of a command, which end with NULL. */
typedef struct remote_command {
    char **words;
    size_t count, capacity;
    /* Memory ran out. */
    bool failed;
} remote_command;

/* Commands that write an archive from standard input to the directory `path`, and that read an archive of it
 * to standard output. The latter leaves out what the patterns exclude, where the box has GNU tar: the
 * receiver checks the patterns again. */
void remote_extract(remote_command *c, const tree_settings *settings, const char *path);
void remote_create(remote_command *c, const tree_settings *settings, const char *path);

/* As remote_create(), for the paths that standard input has, each with a NUL. */
void remote_create_listed(remote_command *c, const tree_settings *settings, const char *path);

/* A command that lists the directory `path` for dir_index_read(), with checksums if `by_content`; and one
 * that deletes the paths that standard input has, each with a NUL. Both need the GNU utilities. */
void remote_list(remote_command *c, const tree_settings *settings, bool by_content, const char *path);
void remote_delete(remote_command *c, const char *path);

void remote_command_free(remote_command *c);

/* Judges the end of such a command. Service 0.1 sends standard error as a part of standard output: `more` are
 * the messages among it. Entries that were not copied are noted in `r`. BOXD_OK: the other ones were; else
 * `error` says why nothing was. */
boxd_status remote_judge(const boxd_exec_result *result, boxd_buffer more, const char *path,
                         const char *subject, transfer_report *r, boxd_error *error);

/* The same for the list: a directory that does not exist is empty, unless it `must_exist`. */
boxd_status remote_judge_list(const boxd_exec_result *result, bool must_exist, const char *path,
                              const char *subject, transfer_report *r, boxd_error *error);

#endif
