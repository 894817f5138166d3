/*
 * file_data.h: the result of a file that is read into memory. Core thread.
 */
#ifndef BOXD_FILE_DATA_H
#define BOXD_FILE_DATA_H

#include "core/sink.h"
#include "text.h"

#include <boxd/types/file.h>

/* boxd_file_data_cb */
extern const result_type RESULT_FILE_DATA;

/* Takes the bytes of `content`. NULL: out of memory. */
boxd_file_data *file_data_new(text *content);

#endif
