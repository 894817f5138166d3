/**
 * @file boxd/dir.h
 * Whole directories into a box and out of it. General rules: see boxd.h.
 *
 * A relative path in the box is resolved against /home/boxd. Paths and names are bytes: they need not be
 * UTF-8.
 *
 * A transfer is one stream of a `tar` archive, which the `tar` of the box (GNU tar or BusyBox) writes or
 * reads. If the box has no tar, the RPCs of files and a shell in the box do the work, file by file: slower,
 * with the same result. `method` of the result shows which. Either needs a few MiB of memory, whatever the
 * directory contains; the list of a directory that is downloaded without tar is kept in memory, about 200
 * bytes for each entry. Owners, hard links, extended attributes and holes of sparse files are not copied:
 * hard links become separate files, and holes zeros. What depends on the utilities of the box: see
 * docs/directories.md.
 *
 * A failure of one entry does not end a transfer. If an entry was not copied, the call ends in
 * BOXD_ERR_INCOMPLETE after all others were copied; the result lists each such entry with its reason.
 *
 * @since 0.1.0
 */
#ifndef BOXD_DIR_H
#define BOXD_DIR_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/dir.h>

BOXD_BEGIN_DECLS

/**
 * Copies what a local directory contains into a directory of the box, which is made with its parents if it
 * does not exist. Files and links of the same names are replaced, each when its copy begins; the directory
 * in the box keeps its other entries. If the call ends early, the box has a part of the entries.
 *
 * Files are read while they are sent. If a file grows, only the bytes it had when it was opened are
 * copied. A file that becomes shorter is a failure.
 *
 * @param local_path a local directory. Links in the path itself are followed; links below the directory are
 *   never followed out of it.
 * @param path       a path in the box
 * @param options    NULL: all entries, links as links, permission bits and times kept
 *
 * @li Result: `*transfer` is set to the result, also after an error, freed with boxd_dir_transfer_free(); or
 *   to NULL if the call was refused before it began. `transfer` may be NULL.
 * @li Errors: BOXD_ERR_INCOMPLETE (entries were not copied: see `transfer`), BOXD_ERR_LOCAL_FILE (the local
 *   directory cannot be opened), BOXD_ERR_FAILED_PRECONDITION (the directory in the box cannot be made),
 *   BOXD_ERR_UNSUPPORTED (the box has neither tar nor the utilities that replace it), BOXD_ERR_NO_THREAD, and
 * as boxd_box_exec()
 * @li RPC: Exec of tar; GetVm to check the box while the command writes nothing, and after a cancel. Without
 * tar: Exec of `sh`, and UploadFileStream or UploadFile for each file
 */
BOXD_API boxd_status boxd_box_upload_dir(boxd_box *box, const char *local_path, const char *path,
                                         const boxd_dir_transfer_options *options,
                                         boxd_dir_transfer **transfer, boxd_error *error);

/**
 * Copies what a directory of the box contains into a local directory, which is made if it does not exist; its
 * parent must exist. Files and links of the same names are replaced, each after its copy has arrived; the
 * local directory keeps its other entries. If the call ends early, the local directory has a part of the
 * entries, and each of these files is complete.
 *
 * The box cannot write outside of the local directory, whatever it sends: entries with absolute paths or
 * "..", entries below a link, hard links to files elsewhere and devices are refused, each of them listed in
 * `transfer`. A link of the box is kept as it is, and may lead anywhere: later calls do not follow it. Modes
 * have the umask of the process applied; with `all_modes` a directory that exists gets the mode of its
 * source, too.
 *
 * If a file grows while it is read, only the bytes it had when it was opened are copied.
 *
 * @param path       a path of a directory in the box
 * @param local_path a local directory. Links in the path itself are followed.
 * @param options    NULL: all entries, links as links, permission bits and times kept
 *
 * @li Result: as boxd_box_upload_dir(), also for `*transfer`
 * @li Errors: BOXD_ERR_INCOMPLETE (entries were not copied: see `transfer`; or the archive ended early),
 *   BOXD_ERR_LOCAL_FILE (the local directory cannot be opened or made), BOXD_ERR_NOT_FOUND,
 *   BOXD_ERR_FAILED_PRECONDITION (the path is not a directory that can be opened), BOXD_ERR_TOO_LARGE (more
 *   than `max_bytes`), BOXD_ERR_PROTOCOL (the archive is damaged), BOXD_ERR_UNSUPPORTED (the box has
 *   neither tar nor the utilities that replace it), BOXD_ERR_OUTPUT_LIMIT (without tar: the list has more
 * than 64 MiB), BOXD_ERR_NO_THREAD, and as boxd_box_exec()
 * @li RPC: Exec of tar; GetVm to check the box while the command writes nothing, and after a cancel. Without
 * tar: Exec of a command that lists the directory, and DownloadFileStream or DownloadFile for each file; Exec
 * of `head` for a file whose path is not UTF-8
 */
BOXD_API boxd_status boxd_box_download_dir(boxd_box *box, const char *path, const char *local_path,
                                           const boxd_dir_transfer_options *options,
                                           boxd_dir_transfer **transfer, boxd_error *error);

/**
 * Makes one directory equal to the other: the directory in the box to the local directory, or with the option
 * `from_box` the local directory to the directory in the box. Only what differs is copied. A file differs if
 * its size or its time of modification differs, with `by_content` if its size or its contents differ; a link
 * differs if its target does. Times of which one side keeps no fractions of seconds are compared without
 * fractions. With `deletes` the call deletes entries that the source does not have, before the copy begins.
 * Entries behind a link of the target are never compared or deleted, also with BOXD_LINKS_FOLLOW. With
 * `dry_run` the call only compares: `on_change` and the result report what the call would copy and delete.
 *
 * The list of the directory in the box is kept in memory: about 200 bytes for each entry.
 *
 * @param local_path a local directory. It must exist, unless the box is the source.
 * @param path       a path in the box. It need not exist, unless the box is the source.
 * @param options    NULL: to the box, by time, without deletions
 *
 * @li Result: as boxd_box_upload_dir(), also for `*transfer`
 * @li Errors: as boxd_box_upload_dir() or boxd_box_download_dir(); BOXD_ERR_UNSUPPORTED also if the box
 *   has neither GNU find nor stat; BOXD_ERR_OUTPUT_LIMIT (the list has more than 64 MiB)
 * @li RPC: Exec of a command that lists the directory; without `dry_run` also of rm if there is something to
 *   delete, then as boxd_box_upload_dir() or boxd_box_download_dir()
 */
BOXD_API boxd_status boxd_box_sync_dir(boxd_box *box, const char *local_path, const char *path,
                                       const boxd_dir_transfer_options *options, boxd_dir_transfer **transfer,
                                       boxd_error *error);

BOXD_END_DECLS

#endif
