/*
 * download_dir.h: starts a transfer of a directory, after a synchronization or without one. Any thread.
 */
#ifndef BOXD_DOWNLOAD_DIR_H
#define BOXD_DOWNLOAD_DIR_H

#include "boxd/dirs/dir_sync.h"

/* `sync`: how the directories are synchronized; NULL: everything is copied. */
void download_dir_start(boxd_box *box, const char *path, const char *local_path,
                        const boxd_dir_transfer_options *options, const dir_sync *sync,
                        boxd_dir_transfer_cb callback, void *user_data);

#endif
