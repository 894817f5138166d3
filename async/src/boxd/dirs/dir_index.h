/*
 * dir_index.h: what a directory of a box contains, by path: to find out what differs from a local directory.
 * The list comes from the box, so its paths may be any text; they are compared, and never opened as they are.
 *
 * Disk thread, unless a function says otherwise.
 */
#ifndef BOXD_DIR_INDEX_H
#define BOXD_DIR_INDEX_H

#include "boxd/dirs/tree_entry.h"

#include <boxd/error.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct index_entry {
    tree_entry is;
    /* The checksum of its contents, if the list has one. */
    uint32_t sum;
    bool has_sum;
    /* It is copied. This transfer has made it: see download_files.c. */
    bool wanted, made;
    /* It is deleted in the box. It contains an entry that stays, as far as the list shows. */
    bool unwanted, kept;
} index_entry;

typedef struct dir_index {
    /* The list, which the entries point into. */
    char *list;
    /* Sorted by path. */
    index_entry *entries;
    size_t count, capacity;
} dir_index;

/* Reads the list that remote_list() makes (remote_list.h): with the directory itself, path "". `list` is
 * copied. BOXD_ERR_PROTOCOL: the end of the list is missing, so entries may be, too. */
boxd_status dir_index_read(dir_index *index, const char *list, size_t size, boxd_error *error);

/* NULL: there is no such entry. */
index_entry *dir_index_find(const dir_index *index, const char *path);

/* The directory that contains the entry `at`; NULL: it is the top one, or is not listed. */
index_entry *dir_index_parent(const dir_index *index, size_t at);

/* Whether the entry has the same kind, and a file or link also the same size and time, or with `fd` the same
 * contents: `fd` is the local file, or -1. */
bool index_entry_is_same(const index_entry *entry, const tree_entry *local, int fd);

/* Any thread. */
void dir_index_free(dir_index *index);

#endif
