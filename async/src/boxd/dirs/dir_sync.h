/*
 * dir_sync.h: what comes before the copy when directories are synchronized: the list of the directory in the
 * box, the comparison with the local directory, and deletions.
 *
 * A passive part of a transfer. Core thread, unless a function says otherwise.
 */
#ifndef BOXD_DIR_SYNC_H
#define BOXD_DIR_SYNC_H

#include "boxd/dirs/dir_call.h"
#include "boxd/dirs/dir_index.h"
#include "boxd/dirs/remote_list.h"

typedef enum sync_phase {
    /* The copy may begin; also without a synchronization. */
    SYNC_READY,
    SYNC_LISTING,
    /* The disk thread works. */
    SYNC_COMPARING,
    /* The box deletes. */
    SYNC_DELETING
} sync_phase;

typedef struct dir_sync {
    sync_phase phase;
    bool from_box, by_content, deletes;
    /* Nothing is compared: the list is for a box without tar. */
    bool copies_all;
    /* These belong to the disk thread while it works. What the box has. */
    dir_index index;
    /* What the box sends: each "./path" and a NUL. What the box deletes. */
    text wanted;
    remote_deletion unwanted;
} dir_sync;

/* Goes on with the synchronization of `d`. True: the copy may begin. False: dir_call_advance() follows, or
 * `d` is ending. */
bool dir_sync_advance(dir_sync *s, dir_call *d);

/* Any thread. */
void dir_sync_free(dir_sync *s);

#endif
