/**
 * @file types/file.h
 * Files in a box: options, contents and directories.
 */
#ifndef BOXD_TYPES_FILE_H
#define BOXD_TYPES_FILE_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/**
 * Told how far a transfer is. The numbers never go down, and before a transfer ends in success the last call
 * says that all is done (an empty file: 0 of 0). A server may confirm less than what was handed over: only
 * the operation's end says that it is there.
 *
 * Runs on the core thread or in dispatch, where callbacks run; of a blocking function on the core thread,
 * while its caller waits. It must not block, and may cancel the transfer through its cancel token. Calls
 * never run at the same time, nor after the operation's own callback has begun or the blocking function has
 * returned. News that comes while a call is waiting is told by that one, so there is no call for each piece.
 *
 * @param done_bytes  handed to the connection, or received and stored
 * @param total_bytes of the whole file; 0: not known (yet)
 */
typedef void (*boxd_progress_cb)(uint64_t done_bytes, uint64_t total_bytes, void *user_data);

typedef struct boxd_file_options {
    size_t size;
    boxd_call_options call;       /**< by default a transfer may take any time */
    boxd_progress_cb on_progress; /**< or NULL */
    void *progress_data;          /**< for on_progress */
} boxd_file_options;

#define BOXD_FILE_OPTIONS_INIT BOXD_SIZED(boxd_file_options)

/** A file's contents; freed with boxd_file_data_free(). */
typedef struct boxd_file_data {
    boxd_buffer content;
} boxd_file_data;

/** Frees contents. NULL is allowed. */
BOXD_API void boxd_file_data_free(boxd_file_data *data);

/** One entry of a directory. */
typedef struct boxd_dir_entry {
    const char *name; /**< without its directory */
    bool is_dir;
    uint64_t size_bytes;     /**< 0 for directories */
    const char *permissions; /**< as `ls` shows them, "-rw-r--r--"; NULL: not sent */
    int64_t modified_at_ms;  /**< unix milliseconds; 0: not sent */
    int64_t added_at_ms;     /**< unix milliseconds, the inode's change time; 0: not sent */
} boxd_dir_entry;

/** Frees what boxd_box_stat() gave; entries of a boxd_dir go with that. NULL is allowed. */
BOXD_API void boxd_dir_entry_free(boxd_dir_entry *entry);

/** What is in a directory, without "." and "..", in no order. */
typedef struct boxd_dir {
    size_t count;
    const boxd_dir_entry *const *items;
    bool truncated; /**< there are more entries than the service sends */
} boxd_dir;

/** Frees a directory's list. NULL is allowed. */
BOXD_API void boxd_dir_free(boxd_dir *dir);

BOXD_END_DECLS

#endif
