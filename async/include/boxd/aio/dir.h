/**
 * @file boxd/aio/dir.h
 * The async twins of boxd/dir.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_DIR_H
#define BOXD_AIO_DIR_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/dir.h>

BOXD_BEGIN_DECLS

/** Receives the result of a transfer of a directory, also after an error; NULL if the call was refused before
 * it began. The callback owns it: boxd_dir_transfer_free(). */
typedef void (*boxd_dir_transfer_cb)(boxd_status status, boxd_dir_transfer *transfer, const boxd_error *error,
                                     void *user_data);

/**
 * Async twin of boxd_box_upload_dir(). @copydoc boxd_box_upload_dir
 *
 * A thread of the library reads the local directory, also when it opens it.
 */
BOXD_API void boxd_aio_box_upload_dir(boxd_box *box, const char *local_path, const char *path,
                                      const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                                      void *user_data);

/**
 * Async twin of boxd_box_download_dir(). @copydoc boxd_box_download_dir
 *
 * A thread of the library writes the local directory.
 */
BOXD_API void boxd_aio_box_download_dir(boxd_box *box, const char *path, const char *local_path,
                                        const boxd_dir_transfer_options *options,
                                        boxd_dir_transfer_cb callback, void *user_data);

/**
 * Async twin of boxd_box_sync_dir(). @copydoc boxd_box_sync_dir
 *
 * A thread of the library reads or writes the local directory.
 */
BOXD_API void boxd_aio_box_sync_dir(boxd_box *box, const char *local_path, const char *path,
                                    const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                                    void *user_data);

BOXD_END_DECLS

#endif
