/**
 * @file boxd/types/file.h
 * Files in a box: options, contents and directories.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_FILE_H
#define BOXD_TYPES_FILE_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/**
 * Reports the progress of a transfer. The numbers never decrease. Before a transfer succeeds, the last call
 * reports all bytes (0 of 0 for an empty file). Only the end of the operation says that the file has arrived:
 * the server may confirm fewer bytes than it was sent.
 *
 * Runs where callbacks run, and for a blocking function on the core thread while its caller waits. The
 * callback must not block. It may cancel the transfer with the cancel token of the transfer. Calls of one
 * transfer never overlap, and no call is made after the callback of the operation has begun or the blocking
 * function has returned. Progress that is made while a call is pending is reported by that call: there is not
 * one call per piece.
 *
 * @param done_bytes  sent to the connection, or received and stored
 * @param total_bytes of the whole file; 0: not known yet
 */
typedef void (*boxd_progress_cb)(uint64_t done_bytes, uint64_t total_bytes, void *user_data);

typedef struct boxd_file_options {
    size_t size;
    /** A transfer has no default timeout. */
    boxd_call_options call;
    /** Or NULL. */
    boxd_progress_cb on_progress;
    /** For `on_progress`. */
    void *progress_data;
    /** The largest file that is copied out of the box: a larger one ends the call in BOXD_ERR_TOO_LARGE, as
     * soon as the service announces its size or has sent more. Uploads ignore it. 0: 67,108,864 (64 MiB) for
     * boxd_box_read_file(), which needs up to twice as much memory as the file is large; no limit for
     * boxd_box_download(). */
    uint64_t max_bytes;
    /** boxd_box_download() only: whether a local file that no new file can replace is written to directly: a
     * device, a pipe, a mount point, a file in a directory that cannot be written to, a path that leads to an
     * open descriptor, such as /dev/stdout (then the bytes are appended). If the call fails, the file may
     * have a part of the bytes. False: such a file is refused. All other files are replaced in either case.
     */
    bool in_place;
    char reserved_[7];
} boxd_file_options;

#define BOXD_FILE_OPTIONS_INIT BOXD_SIZED(boxd_file_options)

/** The contents of a file; freed with boxd_file_data_free(). */
typedef struct boxd_file_data {
    /** The bytes of the file. They are freed with the struct. */
    boxd_buffer content;
} boxd_file_data;

/** Frees the contents. NULL is allowed. */
BOXD_API void boxd_file_data_free(boxd_file_data *data);

/** An entry of a directory. */
typedef struct boxd_dir_entry {
    /** Without the directory. */
    const char *name;
    /** Whether the entry is a directory. */
    bool is_dir;
    /** 0 for directories. */
    uint64_t size_bytes;
    /** As `ls` shows them, "-rw-r--r--". NULL: not sent. */
    const char *permissions;
    /** 0: not sent. */
    int64_t modified_at_ms;
    /** The inode's change time. 0: not sent. */
    int64_t added_at_ms;
} boxd_dir_entry;

/** Frees the result of boxd_box_stat(). Entries of a boxd_dir are freed with the boxd_dir. NULL is allowed.
 */
BOXD_API void boxd_dir_entry_free(boxd_dir_entry *entry);

/** The entries of a directory, without "." and "..", in no particular order. */
typedef struct boxd_dir {
    /** The number of items. */
    size_t count;
    /** The entries. They belong to the list. */
    const boxd_dir_entry *const *items;
    /** Whether the directory has more entries than the service sends. */
    bool truncated;
} boxd_dir;

/** Frees the list and its entries. NULL is allowed. */
BOXD_API void boxd_dir_free(boxd_dir *dir);

BOXD_END_DECLS

#endif
