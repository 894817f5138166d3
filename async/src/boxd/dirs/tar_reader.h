/*
 * tar_reader.h: reads a tar archive that arrives in pieces of any size: the formats pax and ustar, and the
 * long names and large numbers of GNU tar. The archive may be hostile: the reader never reads beyond a piece,
 * keeps a bounded amount of memory, and passes names on without using them. Pure.
 */
#ifndef BOXD_TAR_READER_H
#define BOXD_TAR_READER_H

#include "boxd/dirs/tar_header.h"
#include "boxd/dirs/tree_entry.h"
#include "text.h"

#include <boxd/error.h>

/* What the reader calls for each entry: entry() once, data() for its bytes, end() after them. */
typedef struct tar_events {
    void (*entry)(void *owner, const tree_entry *e);
    void (*data)(void *owner, const char *bytes, size_t size);
    void (*end)(void *owner);
} tar_events;

enum { TAR_MAX_REST = 8 * 1024 * 1024 };

typedef enum tar_state { TAR_HEADER, TAR_META, TAR_DATA, TAR_PADDING, TAR_COMPLETE } tar_state;

/* What headers before an entry say about it. */
typedef struct tar_extension {
    text path, target;
    bool has_path, has_target, has_size, has_time;
    uint64_t size;
    int64_t mtime_s;
    uint32_t mtime_ns;
} tar_extension;

typedef struct tar_reader {
    const tar_events *events;
    void *owner;
    tar_state state;
    /* The header that is arriving. */
    char block[TAR_BLOCK];
    size_t block_size;
    /* The previous header was zeros. */
    bool ending;
    /* Data that is missing of an entry, and the padding after it. */
    uint64_t left;
    size_t padding;
    /* The type of the extension that is arriving, and its text. */
    char meta_type;
    text meta;
    tar_extension extension;
    /* What follows the archive, without NULs, at most TAR_MAX_REST bytes. */
    text rest;
} tar_reader;

void tar_reader_init(tar_reader *r, const tar_events *events, void *owner);
void tar_reader_free(tar_reader *r);

/* Reads a piece. False: the archive is damaged, or memory ran out, and `error` is set. */
bool tar_reader_feed(tar_reader *r, const char *bytes, size_t size, boxd_error *error);

/* Whether the end of the archive has arrived. */
static inline bool tar_reader_is_complete(const tar_reader *r)
{
    return r->state == TAR_COMPLETE;
}

#endif
