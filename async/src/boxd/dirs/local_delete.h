/*
 * local_delete.h: deletes what a local directory has and a directory of a box has not. Disk thread.
 */
#ifndef BOXD_LOCAL_DELETE_H
#define BOXD_LOCAL_DELETE_H

#include "boxd/dirs/dir_index.h"
#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_walk.h"

/* Deletes each entry below `root` that `index` has not, or has as another kind, unless the patterns exclude
 * the entry. Links are deleted, never followed. With `dry_run` nothing is deleted, only reported. */
void local_delete(int root, const dir_index *index, const tree_settings *settings, transfer_report *report);

#endif
