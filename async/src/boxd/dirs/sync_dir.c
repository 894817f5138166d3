/*
 * sync_dir.c: copies what differs between a local directory and a directory of a box. Called by the program
 * on any thread; upload_dir.c and download_dir.c copy.
 */
#include "boxd/dirs/download_dir.h"
#include "boxd/dirs/upload_dir.h"
#include "options.h"

#include <boxd/aio/dir.h>

void boxd_aio_box_sync_dir(boxd_box *box, const char *local_path, const char *path,
                           const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                           void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_dir_transfer_options opts;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_dir_transfer_options), options, &error);
    const bool known = error.status == BOXD_OK; /* else the transfer is refused for the same reason */
    const dir_sync sync = {.phase = SYNC_LISTING,
                           .from_box = known && opts.from_box,
                           .by_content = known && opts.by_content,
                           .deletes = known && opts.deletes};
    if (sync.from_box)
        download_dir_start(box, path, local_path, options, &sync, callback, user_data);
    else
        upload_dir_start(box, local_path, path, options, &sync, callback, user_data);
}
