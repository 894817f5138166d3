/*
 * remote_tar.h: the commands that read and write archives in a box, and what their exit and their messages
 * mean. GNU tar and the tar of BusyBox are supported. Pure.
 */
#ifndef BOXD_REMOTE_TAR_H
#define BOXD_REMOTE_TAR_H

#include "boxd/dirs/remote_command.h"
#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_walk.h"

#include <boxd/base.h>
#include <boxd/types/exec.h>

/* Commands that write an archive from standard input to the directory `path`, and that read an archive of it
 * to standard output. The latter leaves out what the patterns exclude, where the box has GNU tar: the
 * receiver checks the patterns again. */
void remote_extract(remote_command *c, const tree_settings *settings, const char *path);
void remote_create(remote_command *c, const tree_settings *settings, const char *path);

/* As remote_create(), for the paths that standard input has, each with a NUL. Needs GNU tar: a box that has
 * another one is a box without tar. */
void remote_create_listed(remote_command *c, const tree_settings *settings, const char *path);

/* Whether such a command has ended because the box has no tar, or no suitable one. Nothing was copied. */
bool remote_has_no_tar(const boxd_exec_result *result);

/* Whether the command has ended because the directory does not exist. */
bool remote_is_missing(const boxd_exec_result *result);

/* Judges the end of such a command. Service 0.1 sends standard error as a part of standard output: `more` are
 * the messages among it. Entries that were not copied are noted in `r`. BOXD_OK: the other ones were; else
 * `error` says why nothing was. */
boxd_status remote_judge(const boxd_exec_result *result, boxd_buffer more, const char *path,
                         const char *subject, transfer_report *r, boxd_error *error);

/* The same for the deletion of `count` entries (remote_list.h). */
boxd_status remote_judge_deletion(const boxd_exec_result *result, uint64_t count, const char *path,
                                  const char *subject, transfer_report *r, boxd_error *error);

/* The same for the list: a directory that does not exist is empty, unless it `must_exist`. */
boxd_status remote_judge_list(const boxd_exec_result *result, bool must_exist, const char *path,
                              const char *subject, transfer_report *r, boxd_error *error);

#endif
