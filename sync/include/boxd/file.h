/**
 * @file boxd/file.h
 * Files and directories of a box. General rules: see boxd.h.
 *
 * A relative path in the box is resolved against /home/boxd.
 *
 * Transfers use the streaming RPCs in pieces of 1 MiB. If the service does not implement these, the library
 * uses the unary RPCs, whose messages hold at most 64 MiB. `on_progress` of the options reports the
 * progress of a transfer. During a blocking call `on_progress` runs on the core thread.
 *
 * The functions for directories and paths need service 0.2, unless their description says otherwise. With
 * service 0.1 they end in BOXD_ERR_UNSUPPORTED: use boxd_box_exec() there.
 *
 * @since 0.1.0
 */
#ifndef BOXD_FILE_H
#define BOXD_FILE_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/file.h>

BOXD_BEGIN_DECLS

/**
 * Writes bytes to a file in the box. An existing file is replaced.
 *
 * The library compares the number of bytes that the service confirms with `size`. Old services confirm
 * nothing: then there is no comparison.
 *
 * @param path a path in the box
 * @param data the new content; may be NULL if `size` is 0
 * @param size bytes
 *
 * @li Errors: BOXD_ERR_INCOMPLETE (the service wrote another number of bytes), BOXD_ERR_INVALID_ARGUMENT,
 *   BOXD_ERR_NOT_FOUND, BOXD_ERR_PROTOCOL (the service answered more than once),
 *   BOXD_ERR_FAILED_PRECONDITION (a directory), BOXD_ERR_UNSUPPORTED (more than 64 MiB, and the service has
 * only the unary RPC)
 * @li RPC: UploadFileStream; UploadFile if the service does not implement it
 */
BOXD_API boxd_status boxd_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                                         const boxd_file_options *options, boxd_error *error);

/**
 * Writes a string to a file in the box, without its terminating NUL, otherwise as boxd_box_write_file().
 *
 * @param path a path in the box
 * @param text a string that ends with NUL
 *
 * @li Errors: as boxd_box_write_file()
 * @li RPC: UploadFileStream or UploadFile, as boxd_box_write_file()
 */
BOXD_API boxd_status boxd_box_write_text(boxd_box *box, const char *path, const char *text,
                                         const boxd_file_options *options, boxd_error *error);

/**
 * Reads a file of the box into memory, up to `max_bytes` of the options (64 MiB). boxd_box_download() copies
 * larger files to the disk.
 *
 * @param path a path in the box
 *
 * @li Result: the content, freed with boxd_file_data_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (a directory),
 *   BOXD_ERR_TOO_LARGE (the file is larger than `max_bytes`), BOXD_ERR_INCOMPLETE (the service sent
 *   fewer bytes than it announced), BOXD_ERR_PROTOCOL (the service announced two sizes)
 * @li RPC: DownloadFileStream; DownloadFile if the service does not implement it
 */
BOXD_API boxd_file_data *boxd_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                                            boxd_error *error);

/**
 * Copies a local file into the box, with a bounded amount of memory. The size of the file is read when it
 * is opened: bytes that are appended later are not copied, and a file that becomes shorter ends the call in
 * BOXD_ERR_INCOMPLETE.
 *
 * @param local_path a local regular file
 * @param path       a path in the box
 *
 * @li Errors: BOXD_ERR_LOCAL_FILE, BOXD_ERR_NO_THREAD, BOXD_ERR_INCOMPLETE (also if the local file becomes
 *   shorter while it is read), and as boxd_box_write_file()
 * @li RPC: UploadFileStream or UploadFile, as boxd_box_write_file()
 */
BOXD_API boxd_status boxd_box_upload(boxd_box *box, const char *local_path, const char *path,
                                     const boxd_file_options *options, boxd_error *error);

/**
 * Copies a file of the box to a local file, with a bounded amount of memory. An existing local file is
 * replaced after the whole content has arrived; its permissions are kept. If `local_path` is a symbolic
 * link, the link is followed. A file that cannot be replaced is refused before anything is sent; with
 * `in_place` of the options it is written to directly. A directory, a socket and a link that leads nowhere
 * are refused.
 *
 * If a file grows while it is read, only the bytes it had when the service opened it are copied. A file
 * that becomes shorter ends the call in BOXD_ERR_INCOMPLETE.
 *
 * @param path       a path in the box
 * @param local_path a local path; its directory must exist
 *
 * @li Errors: BOXD_ERR_LOCAL_FILE, BOXD_ERR_NO_THREAD, and as boxd_box_read_file()
 * @li RPC: DownloadFileStream or DownloadFile, as boxd_box_read_file()
 */
BOXD_API boxd_status boxd_box_download(boxd_box *box, const char *path, const char *local_path,
                                       const boxd_file_options *options, boxd_error *error);

/**
 * Lists a directory of the box. Symbolic links are not followed.
 *
 * @param path a path of a directory in the box
 *
 * @li Result: the list, possibly empty, freed with boxd_dir_free()
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (the path is not a directory)
 * @li RPC: ListDir (service 0.2)
 */
BOXD_API boxd_dir *boxd_box_list_dir(boxd_box *box, const char *path, const boxd_call_options *call,
                                     boxd_error *error);

/**
 * Creates a directory in the box.
 *
 * @param path a path in the box; its parent must exist
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (the parent), BOXD_ERR_ALREADY_EXISTS, BOXD_ERR_PERMISSION_DENIED
 * @li RPC: Mkdir (service 0.2)
 */
BOXD_API boxd_status boxd_box_mkdir(boxd_box *box, const char *path, const boxd_call_options *call,
                                    boxd_error *error);

/**
 * Creates a directory in the box with all parents that are missing. A directory that exists is no error.
 * Works with every generation of the service.
 *
 * @param path a path in the box, bytes
 *
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (something else has the name), BOXD_ERR_FAILED_PRECONDITION (a file has
 * the name of a parent), BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_UNSUPPORTED (the box has no mkdir), and as
 *   boxd_box_exec()
 * @li RPC: Exec of `mkdir -p`
 */
BOXD_API boxd_status boxd_box_mkdir_parents(boxd_box *box, const char *path, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Changes the permissions of a path in the box. If it is a link, the file to which it leads is changed. Works
 * with every generation of the service.
 *
 * @param path a path in the box, bytes
 * @param mode permission bits, at most 07777
 *
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (the mode), BOXD_ERR_NOT_FOUND, BOXD_ERR_PERMISSION_DENIED,
 *   BOXD_ERR_UNSUPPORTED (the box has no chmod), and as boxd_box_exec()
 * @li RPC: Exec of `chmod`
 */
BOXD_API boxd_status boxd_box_chmod(boxd_box *box, const char *path, uint32_t mode,
                                    const boxd_call_options *call, boxd_error *error);

/**
 * Renames or moves a file or directory in the box. An existing file at `to` is replaced.
 *
 * @param from a path in the box
 * @param to   the new path in the box, not the directory to move into; its parent must exist
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (`to` is a directory that is not empty)
 * @li RPC: RenamePath (service 0.2)
 */
BOXD_API boxd_status boxd_box_rename_path(boxd_box *box, const char *from, const char *to,
                                          const boxd_call_options *call, boxd_error *error);

/**
 * Deletes a file of the box, or a directory with its content.
 *
 * @param path a path in the box
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_PERMISSION_DENIED
 * @li RPC: DeletePath (service 0.2)
 */
BOXD_API boxd_status boxd_box_delete_path(boxd_box *box, const char *path, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Copies a file, or a directory with its content, within the box.
 *
 * @param from a path in the box
 * @param to   the path of the copy in the box, not the directory to copy into; its parent must exist
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT (`to` is inside `from`)
 * @li RPC: CopyPath (service 0.2)
 */
BOXD_API boxd_status boxd_box_copy_path(boxd_box *box, const char *from, const char *to,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Gets the directory entry of a path in the box.
 *
 * The service has no RPC for a single path, so the call costs as much as listing the parent directory. For
 * "/", and for a path that ends in "..", the entry says only that the path is a directory.
 *
 * @param path a path in the box; a symbolic link at its end is not followed, also if slashes come after it
 *
 * @li Result: the entry, freed with boxd_dir_entry_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the message says whether the path or the box is missing),
 *   BOXD_ERR_INCOMPLETE (the service listed only a part of the parent directory, and the path is not in
 *   this part: it may exist), BOXD_ERR_FAILED_PRECONDITION (the box is not running)
 * @li RPC: ListDir of the parent (service 0.2); if the parent cannot be listed, ListDir of "/", which shows
 *   whether the box exists and runs
 */
BOXD_API boxd_dir_entry *boxd_box_stat(boxd_box *box, const char *path, const boxd_call_options *call,
                                       boxd_error *error);

/**
 * Gets the directory entry of what a path in the box leads to: symbolic links are followed, so that a link to
 * a directory is a directory. `name` is the last component of `path`. Works with every generation of the
 * service.
 *
 * @param path a path in the box, bytes
 *
 * @li Result: the entry, freed with boxd_dir_entry_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (also for a link that leads nowhere), BOXD_ERR_PERMISSION_DENIED,
 *   BOXD_ERR_FAILED_PRECONDITION (a file has the name of a parent; links lead in a circle),
 * BOXD_ERR_UNSUPPORTED (the box has no stat), and as boxd_box_exec()
 * @li RPC: Exec of `stat -L`
 */
BOXD_API boxd_dir_entry *boxd_box_stat_followed(boxd_box *box, const char *path,
                                                const boxd_call_options *call, boxd_error *error);

/**
 * Checks whether a path exists in the box. A missing path, or a missing parent, is a result; a missing box
 * is an error.
 *
 * @param path as for boxd_box_stat()
 *
 * @li Result: `*exists` is set to whether the path exists
 * @li Errors: BOXD_ERR_NOT_FOUND (the box), BOXD_ERR_INCOMPLETE (as boxd_box_stat()),
 *   BOXD_ERR_FAILED_PRECONDITION (the box is not running)
 * @li RPC: ListDir, as boxd_box_stat()
 */
BOXD_API boxd_status boxd_box_exists(boxd_box *box, const char *path, const boxd_call_options *call,
                                     bool *exists, boxd_error *error);

BOXD_END_DECLS

#endif
