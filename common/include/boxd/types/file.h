/**
 * @file types/file.h
 * Files in a box: options, contents and directories.
 */
#ifndef BOXD_TYPES_FILE_H
#define BOXD_TYPES_FILE_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

typedef struct boxd_file_options {
    size_t size;
    boxd_call_options call; /**< by default a transfer may take any time */
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
    boxd_dir_entry *items;
    bool truncated; /**< there are more entries than the service sends */
} boxd_dir;

/** Frees a directory's list. NULL is allowed. */
BOXD_API void boxd_dir_free(boxd_dir *dir);

BOXD_END_DECLS

#endif
