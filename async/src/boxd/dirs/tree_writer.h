/*
 * tree_writer.h: makes the entries of an archive in a local directory. No entry is made outside of the
 * directory, whatever the archive contains: paths that are absolute or contain ".." are refused, each
 * directory of a path is opened relative to the one above it without following links, and files are made, not
 * opened. Entries that are refused are noted in the report.
 *
 * Disk thread, unless a function says otherwise.
 */
#ifndef BOXD_TREE_WRITER_H
#define BOXD_TREE_WRITER_H

#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_entry.h"
#include "boxd/dirs/tree_walk.h"
#include "core/unique_name.h"
#include "text.h"

#include <sys/types.h>

/* A directory of the current path. */
typedef struct writer_level {
    int fd;
    /* The size of its path in tree_writer.path. */
    size_t path_size;
    /* Its mode and time are set when the archive leaves it, since its files change them. */
    bool has_entry;
    /* This transfer made it, so its mode has the umask of the process applied. */
    bool is_new;
    uint32_t mode;
    int64_t mtime_s;
    uint32_t mtime_ns;
} writer_level;

/* A file or link that is being made. */
typedef struct writer_file {
    /* The open file; -1: none, and its data is dropped. */
    int fd;
    /* Its directory, which belongs to the levels, unless tree_writer_take() has duplicated it. */
    int dir;
    tree_entry entry;
    /* The path of the entry, allocated. */
    char *path;
    /* The name of the file until it is complete, if another file has its name; else "". */
    char temporary[TEMPORARY_NAME_SIZE];
} writer_file;

typedef struct tree_writer {
    const tree_settings *settings;
    transfer_report *report;
    /* 0: no limit. */
    uint64_t max_bytes;
    writer_level *levels;
    size_t depth, capacity;
    /* The path of the innermost directory. */
    text path;
    /* The current entry. */
    writer_file file;
    /* Directories do not get their modes and times: see tree_writer_end_dir(). */
    bool defers_dirs;
    /* The last entry is a directory that this transfer has made. */
    bool made_dir;
    /* Ends the transfer; BOXD_OK: nothing does. */
    boxd_error failure;
} tree_writer;

/* Any thread. */
void tree_writer_init(tree_writer *w, const tree_settings *settings, transfer_report *report,
                      uint64_t max_bytes);

/* Opens the directory, unless it is open. If it does not exist, it is made if `makes`; else this is no error.
 */
boxd_status tree_writer_open(tree_writer *w, const char *local_path, bool makes, boxd_error *error);

/* The events of an archive (tar_reader.h). */
void tree_writer_entry(tree_writer *w, const tree_entry *e);
void tree_writer_data(tree_writer *w, const char *bytes, size_t size);
void tree_writer_end(tree_writer *w);

/* Takes the file of the last entry out of the writer, so that further entries can be made before its end.
 * False: the entry is no open file, or it could not be taken, which is noted. */
bool tree_writer_take(tree_writer *w, writer_file *f);

/* Ends such a file: it replaces what has its name, or is removed. */
void tree_writer_end_taken(tree_writer *w, writer_file *f, bool complete);

/* Sets the mode and the time of a directory, when nothing below it is made any more. `made`: this transfer
 * has made it. */
void tree_writer_end_dir(tree_writer *w, const tree_entry *e, bool made);

/* Sets the modes and times of the directories. `complete`: the archive has ended; else the file that is being
 * written is removed. */
void tree_writer_close(tree_writer *w, bool complete);

/* Closes the directory, too, if it is open. Any thread, while the disk thread does not use it. */
void tree_writer_free(tree_writer *w);

#endif
