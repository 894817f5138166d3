/**
 * @file file.h
 * Files in and out of a box, blocking. What holds for all calls stands in boxd.h.
 *
 * Paths in the box are absolute; relative ones are taken from /home/boxd. Transfers go through the streaming
 * RPCs in pieces of 1 MiB; where a server lacks those, through the unary ones, up to the 64 MiB of one
 * message.
 */
#ifndef BOXD_FILE_H
#define BOXD_FILE_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/file.h>

BOXD_BEGIN_DECLS

/**
 * Writes bytes to a file in the box, replacing it whole. RPC: UploadFileStream, else UploadFile. The count
 * the server confirms is compared with ours (an old server that confirms nothing is believed). Not sent
 * twice. No copy is made.
 *
 * @param path    in the box
 * @param data    `size` bytes; NULL is allowed with size 0
 * @param options or NULL
 * @param error   or NULL
 * @return BOXD_OK, BOXD_ERR_INCOMPLETE (the server wrote another count), BOXD_ERR_INVALID_ARGUMENT,
 * BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION
 */
BOXD_API boxd_status boxd_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                                         const boxd_file_options *options, boxd_error *error);

/**
 * Writes a C string to a file in the box, without its NUL. RPC: as boxd_box_write_file().
 *
 * @param path    in the box
 * @param text    NUL-terminated
 * @param options or NULL
 * @param error   or NULL
 * @return as boxd_box_write_file()
 */
BOXD_API boxd_status boxd_box_write_text(boxd_box *box, const char *path, const char *text,
                                         const boxd_file_options *options, boxd_error *error);

/**
 * Reads a file of the box into memory. RPC: DownloadFileStream, else DownloadFile.
 *
 * @param path    in the box
 * @param options or NULL
 * @param error   or NULL
 * @return the contents, owned by the caller (boxd_file_data_free()); NULL: BOXD_ERR_NOT_FOUND,
 * BOXD_ERR_INCOMPLETE (other bytes than announced)
 */
BOXD_API boxd_file_data *boxd_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                                            boxd_error *error);

/**
 * Copies a local file into the box, in bounded memory. RPC: as boxd_box_write_file(). A file that changes its
 * size meanwhile is BOXD_ERR_INCOMPLETE.
 *
 * @param local_path a regular file on this side
 * @param path       in the box
 * @param options    or NULL
 * @param error      or NULL
 * @return BOXD_OK, BOXD_ERR_LOCAL_FILE, and as boxd_box_write_file()
 */
BOXD_API boxd_status boxd_box_upload(boxd_box *box, const char *local_path, const char *path,
                                     const boxd_file_options *options, boxd_error *error);

/**
 * Copies a file of the box to a local one, in bounded memory. RPC: as boxd_box_read_file(). What is at
 * `local_path` is replaced only once everything has arrived.
 *
 * @param path       in the box
 * @param local_path on this side; its folder must exist
 * @param options    or NULL
 * @param error      or NULL
 * @return BOXD_OK, BOXD_ERR_LOCAL_FILE, and as boxd_box_read_file()
 */
BOXD_API boxd_status boxd_box_download(boxd_box *box, const char *path, const char *local_path,
                                       const boxd_file_options *options, boxd_error *error);

BOXD_END_DECLS

#endif
