/*
 * remote_tar.h: the commands that read and write archives in a box. GNU tar and the tar of BusyBox are
 * supported. Pure.
 */
#ifndef BOXD_REMOTE_TAR_H
#define BOXD_REMOTE_TAR_H

#include "boxd/dirs/remote_command.h"
#include "boxd/dirs/tree_walk.h"

/* Commands that write an archive from standard input to the directory `path`, and that read an archive of it
 * to standard output. The latter leaves out what the patterns exclude, where the box has GNU tar: the
 * receiver checks the patterns again. */
void remote_extract(remote_command *c, const tree_settings *settings, const char *path);
void remote_create(remote_command *c, const tree_settings *settings, const char *path);

/* As remote_create(), for the paths that standard input has, each with a NUL. Needs GNU tar: a box that has
 * another one is a box without tar. */
void remote_create_listed(remote_command *c, const tree_settings *settings, const char *path);

#endif
