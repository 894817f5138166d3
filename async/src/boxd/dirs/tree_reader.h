/*
 * tree_reader.h: reads a local directory as a tar archive, piece by piece. It never leaves the directory:
 * each name is opened relative to the descriptor of its directory, without following links; a link that the
 * program wants followed is opened beneath the directory.
 *
 * Disk thread, unless a function says otherwise.
 */
#ifndef BOXD_TREE_READER_H
#define BOXD_TREE_READER_H

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
} tree_settings;

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

typedef struct tree_reader {
    const tree_settings *settings;
    transfer_report *report;
    /* What the receiver has, and is left out if it is the same; NULL: nothing. Whether the contents of files
     * are compared, instead of their times. */
    const dir_index *index;
    bool by_content;
    /* The directory; -1: not open. */
    int root;
    /* The directories from the root to the current one. */
    tree_level *levels;
    size_t depth, capacity;
    /* The path of the current entry, and the target of the current link. */
    text path, target;
    /* Headers that are not passed on yet, from `head_at`. */
    text head;
    size_t head_at;
    /* The file that is being read; -1: none. Bytes of its data and of its padding that are missing. */
    int fd;
    uint64_t left;
    size_t padding;
    /* The rest of the data is zeros, because it could not be read. */
    bool damaged;
    /* The end of the archive was written. */
    bool ended;
} tree_reader;

/* Any thread. */
void tree_reader_init(tree_reader *t, const tree_settings *settings, transfer_report *report);

/* Opens the directory. */
boxd_status tree_reader_open(tree_reader *t, const char *local_path, boxd_error *error);

/* Writes the next bytes of the archive, at most `capacity`. Less: the archive is complete, or memory ran out,
 * and `error` is set. */
size_t tree_reader_read(tree_reader *t, char *to, size_t capacity, boxd_error *error);

/* Any thread, while the disk thread does not use it. */
void tree_reader_free(tree_reader *t);

#endif
