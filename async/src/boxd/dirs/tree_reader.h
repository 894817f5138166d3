/*
 * tree_reader.h: reads a local directory as a tar archive, piece by piece.
 *
 * Disk thread, unless a function says otherwise.
 */
#ifndef BOXD_TREE_READER_H
#define BOXD_TREE_READER_H

#include "boxd/dirs/tree_walk.h"

typedef struct tree_reader {
    tree_walk walk;
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
