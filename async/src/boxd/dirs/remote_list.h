/*
 * remote_list.h: commands that list a directory of a box, and that delete entries of it. They need `sh`, and
 * GNU find or a `stat` (of GNU or BusyBox), and `rm`. Pure.
 */
#ifndef BOXD_REMOTE_LIST_H
#define BOXD_REMOTE_LIST_H

#include "boxd/dirs/remote_command.h"
#include "boxd/dirs/tree_walk.h"
#include "text.h"

/* Lists the directory `path` for dir_index_read(), with checksums if `by_content`. `follows`: what links lead
 * to is listed in their place, which may lie outside of the directory: never for a target. Where the box has
 * GNU find, the list leaves out what the patterns exclude; with `shows_excluded`, only what an excluded
 * directory contains. The receiver checks the patterns again. */
typedef struct list_settings {
    const path_filter *filter;
    bool follows, by_content, shows_excluded;
} list_settings;

void remote_list(remote_command *c, const list_settings *settings, const char *path);

/* What is deleted in a box. Zeroed: nothing. */
typedef struct remote_deletion {
    /* The input of the command. */
    text input;
    uint64_t count;
    /* Where the last line begins, and what it deletes. */
    size_t line_at;
    bool is_dir;
} remote_deletion;

/* Adds an entry, a directory after what it contains; and the end. */
void remote_delete_entry(remote_deletion *d, bool is_dir, const char *path);
void remote_delete_end(remote_deletion *d);

/* The command that deletes entries of the directory `path`. */
void remote_delete(remote_command *c, const char *path);

#endif
