/*
 * tree_walk.h: finds the entries of a local directory that are transferred. It never leaves the directory:
 * each name is opened relative to the descriptor of its directory, without following links; a link that the
 * program wants followed is opened beneath the directory.
 *
 * Disk thread, unless a function says otherwise.
 */
#ifndef BOXD_TREE_WALK_H
#define BOXD_TREE_WALK_H

#include "boxd/dirs/dir_index.h"
#include "boxd/dirs/path_filter.h"
#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_entry.h"
#include "text.h"

#include <dirent.h>
#include <sys/types.h>

/* What the program chose. */
typedef struct tree_settings {
    path_filter filter;
    boxd_links_mode links;
    bool all_modes, new_times;
    /* Nothing is copied or deleted. */
    bool dry_run;
} tree_settings;

/* Whether the options choose the entry, unless a pattern excludes it. With patterns that files have to match,
 * a directory comes with its files only. */
static inline bool tree_settings_choose(const tree_settings *s, entry_kind kind, const char *path)
{
    if (kind == ENTRY_DIR)
        return !path_filter_is_selective(&s->filter);
    return (kind != ENTRY_LINK || s->links != BOXD_LINKS_SKIP) && path_filter_includes(&s->filter, path);
}

/* The deepest directory that is transferred: each one needs a descriptor. */
enum { TREE_MAX_DEPTH = 256 };

/* A directory that is being read. */
typedef struct tree_level {
    DIR *dir;
    dev_t device;
    ino_t inode;
    /* The size of its path in tree_reader.path. */
    size_t path_size;
    uint32_t mode;
    int64_t mtime_s;
    uint32_t mtime_ns;
    /* Its header was written. */
    bool announced;
} tree_level;

/* An entry of the directory. `fd` is the open file, which the function closes some time; else -1. A directory
 * comes before its entries, with a mode that lets its owner write, and once more after its entries. */
typedef void (*tree_entry_cb)(void *owner, const tree_entry *e, int fd);

typedef struct tree_walk {
    const tree_settings *settings;
    transfer_report *report;
    tree_entry_cb found;
    void *owner;
    /* What the receiver has, and is left out if it is the same; NULL: nothing. Whether the contents of files
     * are compared, instead of their times. */
    const dir_index *index;
    bool by_content;
    /* The directory; -1: not open. */
    int root;
    /* The directories from the root to the current one. */
    tree_level *levels;
    size_t depth, capacity;
    /* The path of the current entry. */
    text path;
    /* The directory that is reported has come before. */
    bool leaving;
} tree_walk;

/* Any thread. */
void tree_walk_init(tree_walk *t, const tree_settings *settings, transfer_report *report, tree_entry_cb found,
                    void *owner);

/* Opens the directory, and calls found() for it. */
boxd_status tree_walk_open(tree_walk *t, const char *local_path, boxd_error *error);

/* Goes on to the next entry, which found() is called for unless it is left out. False: the walk has ended, or
 * memory ran out. */
bool tree_walk_next(tree_walk *t);

/* Whether memory ran out. */
static inline bool tree_walk_failed(const tree_walk *t)
{
    return t->path.failed || t->report->no_memory;
}

/* Any thread, while the disk thread does not use it. */
void tree_walk_free(tree_walk *t);

#endif
