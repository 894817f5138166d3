/**
 * @file boxd/aio/file.h
 * The async twins of boxd/file.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_FILE_H
#define BOXD_AIO_FILE_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/file.h>

BOXD_BEGIN_DECLS

/** Receives the content of a file. The callback owns it: boxd_file_data_free(). */
typedef void (*boxd_file_data_cb)(boxd_file_data *data, const boxd_error *error, void *user_data);

/** Receives a list of directory entries. The callback owns it: boxd_dir_free(). */
typedef void (*boxd_dir_cb)(boxd_dir *dir, const boxd_error *error, void *user_data);

/** Receives a directory entry. The callback owns it: boxd_dir_entry_free(). */
typedef void (*boxd_dir_entry_cb)(boxd_dir_entry *entry, const boxd_error *error, void *user_data);

/** Receives whether a path exists. */
typedef void (*boxd_exists_cb)(boxd_status status, bool exists, const boxd_error *error, void *user_data);

/**
 * Async twin of boxd_box_write_file(). @copydoc boxd_box_write_file
 *
 * The function copies `data`; boxd_aio_box_write_file_nocopy() does not.
 */
BOXD_API void boxd_aio_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                                      const boxd_file_options *options, boxd_done_cb callback,
                                      void *user_data);

/**
 * Async twin of boxd_box_write_file() that does not copy `data`. @copydoc boxd_box_write_file
 *
 * `data` must stay valid and unchanged until `release` is called.
 *
 * @param release      called exactly once with `release_data`, on success and on failure, before the
 *   callback. If the callback runs inside this function (NULL handle, out of memory), `release` is called
 *   after it. May be NULL.
 * @param release_data passed to `release`
 */
BOXD_API void boxd_aio_box_write_file_nocopy(boxd_box *box, const char *path, const void *data, size_t size,
                                             boxd_release_cb release, void *release_data,
                                             const boxd_file_options *options, boxd_done_cb callback,
                                             void *user_data);

/** Async twin of boxd_box_write_text(). @copydoc boxd_box_write_text */
BOXD_API void boxd_aio_box_write_text(boxd_box *box, const char *path, const char *text,
                                      const boxd_file_options *options, boxd_done_cb callback,
                                      void *user_data);

/** Async twin of boxd_box_read_file(). @copydoc boxd_box_read_file */
BOXD_API void boxd_aio_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                                     boxd_file_data_cb callback, void *user_data);

/**
 * Async twin of boxd_box_upload(). @copydoc boxd_box_upload
 *
 * The function opens the local file before it returns. A thread of the library reads it.
 */
BOXD_API void boxd_aio_box_upload(boxd_box *box, const char *local_path, const char *path,
                                  const boxd_file_options *options, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_download(). @copydoc boxd_box_download */
BOXD_API void boxd_aio_box_download(boxd_box *box, const char *path, const char *local_path,
                                    const boxd_file_options *options, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_list_dir(). @copydoc boxd_box_list_dir */
BOXD_API void boxd_aio_box_list_dir(boxd_box *box, const char *path, const boxd_call_options *call,
                                    boxd_dir_cb callback, void *user_data);

/** Async twin of boxd_box_mkdir(). @copydoc boxd_box_mkdir */
BOXD_API void boxd_aio_box_mkdir(boxd_box *box, const char *path, const boxd_call_options *call,
                                 boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_mkdir_parents(). @copydoc boxd_box_mkdir_parents */
BOXD_API void boxd_aio_box_mkdir_parents(boxd_box *box, const char *path, const boxd_call_options *call,
                                         boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_chmod(). @copydoc boxd_box_chmod */
BOXD_API void boxd_aio_box_chmod(boxd_box *box, const char *path, uint32_t mode,
                                 const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_rename_path(). @copydoc boxd_box_rename_path */
BOXD_API void boxd_aio_box_rename_path(boxd_box *box, const char *from, const char *to,
                                       const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_delete_path(). @copydoc boxd_box_delete_path */
BOXD_API void boxd_aio_box_delete_path(boxd_box *box, const char *path, const boxd_call_options *call,
                                       boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_copy_path(). @copydoc boxd_box_copy_path */
BOXD_API void boxd_aio_box_copy_path(boxd_box *box, const char *from, const char *to,
                                     const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_stat(). @copydoc boxd_box_stat */
BOXD_API void boxd_aio_box_stat(boxd_box *box, const char *path, const boxd_call_options *call,
                                boxd_dir_entry_cb callback, void *user_data);

/** Async twin of boxd_box_stat_followed(). @copydoc boxd_box_stat_followed */
BOXD_API void boxd_aio_box_stat_followed(boxd_box *box, const char *path, const boxd_call_options *call,
                                         boxd_dir_entry_cb callback, void *user_data);

/** Async twin of boxd_box_exists(). @copydoc boxd_box_exists */
BOXD_API void boxd_aio_box_exists(boxd_box *box, const char *path, const boxd_call_options *call,
                                  boxd_exists_cb callback, void *user_data);

BOXD_END_DECLS

#endif
