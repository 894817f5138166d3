/**
 * @file file.h
 * Files in and out of a box, and their tree in it, blocking. What holds for all calls stands in boxd.h.
 *
 * Paths in the box are absolute; relative ones are taken from /home/boxd. Transfers go through the streaming
 * RPCs in pieces of 1 MiB; where a server lacks those, through the unary ones, up to the 64 MiB of one
 * message. How far a transfer is, `on_progress` of its options is told meanwhile, on the core thread.
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
 * `local_path` is replaced only once everything has arrived, and keeps its permissions. A link is followed;
 * devices, pipes and folders are refused.
 *
 * @param path       in the box
 * @param local_path on this side; its folder must exist
 * @param options    or NULL
 * @param error      or NULL
 * @return BOXD_OK, BOXD_ERR_LOCAL_FILE, and as boxd_box_read_file()
 */
BOXD_API boxd_status boxd_box_download(boxd_box *box, const char *path, const char *local_path,
                                       const boxd_file_options *options, boxd_error *error);

/**
 * Lists a directory. RPC: ListDir (today's service). Symbolic links are listed as what they are.
 *
 * @param path  in the box, of a directory
 * @param call  or NULL
 * @param error or NULL
 * @return the list, owned by the caller (boxd_dir_free()), possibly empty; NULL: BOXD_ERR_NOT_FOUND,
 *   BOXD_ERR_FAILED_PRECONDITION (it is no directory), BOXD_ERR_UNSUPPORTED (the 0.1 service)
 */
BOXD_API boxd_dir *boxd_box_list_dir(boxd_box *box, const char *path, const boxd_call_options *call,
                                     boxd_error *error);

/**
 * Makes a directory. RPC: Mkdir (today's service).
 *
 * @param path  in the box; its parent must exist
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_NOT_FOUND (its parent), BOXD_ERR_ALREADY_EXISTS,
 *   BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_UNSUPPORTED (the 0.1 service)
 */
BOXD_API boxd_status boxd_box_mkdir(boxd_box *box, const char *path, const boxd_call_options *call,
                                    boxd_error *error);

/**
 * Renames or moves a file or directory, as `mv` does: a file at `to` is replaced. RPC: RenamePath
 * (today's service).
 *
 * @param from  in the box
 * @param to    in the box, the new path itself (not a directory to move it into); its parent must exist
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (a directory that is not empty
 *   stands there), BOXD_ERR_UNSUPPORTED (the 0.1 service)
 */
BOXD_API boxd_status boxd_box_rename_path(boxd_box *box, const char *from, const char *to,
                                          const boxd_call_options *call, boxd_error *error);

/**
 * Deletes a file, or a directory with all it holds. RPC: DeletePath (today's service).
 *
 * @param path  in the box
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_NOT_FOUND, BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_UNSUPPORTED (the 0.1
 *   service)
 */
BOXD_API boxd_status boxd_box_delete_path(boxd_box *box, const char *path, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Copies a file, or a directory with all it holds, within the box. RPC: CopyPath (today's service).
 *
 * @param from  in the box
 * @param to    in the box, the new path itself; its parent must exist
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT (into itself), BOXD_ERR_UNSUPPORTED
 *   (the 0.1 service)
 */
BOXD_API boxd_status boxd_box_copy_path(boxd_box *box, const char *from, const char *to,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Tells what stands at a path. RPC: ListDir of its parent (today's service), and of "/" when that is
 * not found, to tell a missing path from a missing box. There is no RPC for one path, so this costs as
 * much as listing the parent. Of "/", and of a path that ends in "..", no more is known than that it is
 * a directory.
 *
 * @param path  in the box; a symbolic link at its end is not followed, and slashes after it mean
 *   nothing
 * @param call  or NULL
 * @param error or NULL
 * @return the entry, owned by the caller (boxd_dir_entry_free()); NULL: BOXD_ERR_NOT_FOUND (the path;
 *   the message names it), BOXD_ERR_INCOMPLETE (the service listed only part of the parent, and it is
 *   not in that part: it may exist), BOXD_ERR_FAILED_PRECONDITION (what should be its parent is no
 *   directory), BOXD_ERR_UNSUPPORTED (the 0.1 service)
 */
BOXD_API boxd_dir_entry *boxd_box_stat(boxd_box *box, const char *path, const boxd_call_options *call,
                                       boxd_error *error);

/**
 * Tells whether anything stands at a path. RPC: ListDir, as boxd_box_stat(). That the path or its
 * parent is missing is an answer; that the box is missing is an error.
 *
 * @param path   as in boxd_box_stat()
 * @param call   or NULL
 * @param exists set to the answer; or NULL
 * @param error  or NULL
 * @return BOXD_OK, BOXD_ERR_NOT_FOUND (the box), and as boxd_box_stat()
 */
BOXD_API boxd_status boxd_box_exists(boxd_box *box, const char *path, const boxd_call_options *call,
                                     bool *exists, boxd_error *error);

BOXD_END_DECLS

#endif
