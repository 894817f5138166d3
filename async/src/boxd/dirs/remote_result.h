/*
 * remote_result.h: what the exit and the messages of a command in a box mean: of the commands of
 * remote_tar.h, remote_list.h and remote_shell.h. Pure.
 */
#ifndef BOXD_REMOTE_RESULT_H
#define BOXD_REMOTE_RESULT_H

#include "boxd/dirs/dir_index.h"
#include "boxd/dirs/transfer_report.h"

#include <boxd/base.h>
#include <boxd/types/exec.h>

/* Whether a command of remote_tar.h has ended because the box has no tar, or no suitable one. Nothing was
 * copied. */
bool remote_has_no_tar(const boxd_exec_result *result);

/* Whether the command has ended because the directory does not exist. */
bool remote_is_missing(const boxd_exec_result *result);

/* Judges the end of a command. Service 0.1 sends standard error as a part of standard output: `more` are
 * the messages among it. Entries that were not copied are noted in `r`. BOXD_OK: the other ones were; else
 * `error` says why nothing was. */
boxd_status remote_judge(const boxd_exec_result *result, boxd_buffer more, const char *path,
                         const char *subject, transfer_report *r, boxd_error *error);

/* The same for the deletion of the unwanted entries (remote_list.h): those that were not deleted, or of which
 * that is not known, are not `unwanted` any more. */
boxd_status remote_judge_deletion(const boxd_exec_result *result, dir_index *index, const char *path,
                                  const char *subject, transfer_report *r, boxd_error *error);

/* The same for the list: a directory that does not exist is empty, unless it `must_exist`. */
boxd_status remote_judge_list(const boxd_exec_result *result, bool must_exist, const char *path,
                              const char *subject, transfer_report *r, boxd_error *error);

#endif
