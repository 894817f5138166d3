/*
 * tree_entry.h: one file, directory or link of a directory that is transferred, without its contents.
 */
#ifndef BOXD_TREE_ENTRY_H
#define BOXD_TREE_ENTRY_H

#include <stdint.h>

typedef enum entry_kind {
    ENTRY_FILE,
    ENTRY_DIR,
    /* A symbolic link. */
    ENTRY_LINK,
    /* Another name of an entry that came before. */
    ENTRY_HARD_LINK,
    /* A device, a pipe, a socket, or a kind that is not known. */
    ENTRY_OTHER
} entry_kind;

typedef struct tree_entry {
    entry_kind kind;
    /* Permission bits, at most 07777. */
    uint32_t mode;
    /* Relative to the directory, bytes; "" is the directory itself. An archive of a box may contain any text
     * here: tree_writer.c checks it. */
    const char *path;
    /* Of a link: its target. */
    const char *target;
    /* Of a file, in bytes. */
    uint64_t size;
    /* The modification time. */
    int64_t mtime_s;
    uint32_t mtime_ns;
} tree_entry;

#endif
