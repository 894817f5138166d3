/**
 * @file types/file.h
 * Files in a box: options and contents.
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

BOXD_END_DECLS

#endif
