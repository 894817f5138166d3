/*
 * file.c: the blocking functions for files and directories of a box. Each one submits its async twin and
 * waits for the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread
 * of the client.
 */
#include "waiter.h"

#include <boxd/aio/file.h>
#include <boxd/file.h>

#include <string.h>

WAITER_CALLBACK(on_data, boxd_file_data)
WAITER_CALLBACK(on_dir, boxd_dir)
WAITER_CALLBACK(on_entry, boxd_dir_entry)

/* The caller waits until the call has ended, so its data need not be copied. */
static boxd_status write_bytes(const char *function, boxd_box *box, const char *path, const void *data,
                               size_t size, const boxd_file_options *options, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, function, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    boxd_aio_box_write_file_nocopy(box, path, data, size, NULL, NULL, options, waiter_on_done, &w);
    return waiter_wait_done(&w, error);
}

boxd_status boxd_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                                const boxd_file_options *options, boxd_error *error)
{
    return write_bytes(__func__, box, path, data, size, options, error);
}

boxd_status boxd_box_write_text(boxd_box *box, const char *path, const char *text,
                                const boxd_file_options *options, boxd_error *error)
{
    return write_bytes(__func__, box, path, text, text ? strlen(text) : 1, options, error);
}

boxd_file_data *boxd_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                                   boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_read_file(box, path, options, on_data, &w));
}

boxd_status boxd_box_upload(boxd_box *box, const char *local_path, const char *path,
                            const boxd_file_options *options, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_upload(box, local_path, path, options, waiter_on_done, &w));
}

boxd_status boxd_box_download(boxd_box *box, const char *path, const char *local_path,
                              const boxd_file_options *options, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_download(box, path, local_path, options, waiter_on_done, &w));
}

boxd_dir *boxd_box_list_dir(boxd_box *box, const char *path, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_list_dir(box, path, call, on_dir, &w));
}

boxd_status boxd_box_mkdir(boxd_box *box, const char *path, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_mkdir(box, path, call, waiter_on_done, &w));
}

boxd_status boxd_box_mkdir_parents(boxd_box *box, const char *path, const boxd_call_options *call,
                                   boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_mkdir_parents(box, path, call, waiter_on_done, &w));
}

boxd_status boxd_box_chmod(boxd_box *box, const char *path, uint32_t mode, const boxd_call_options *call,
                           boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_chmod(box, path, mode, call, waiter_on_done, &w));
}

boxd_dir_entry *boxd_box_stat_followed(boxd_box *box, const char *path, const boxd_call_options *call,
                                       boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_stat_followed(box, path, call, on_entry, &w));
}

boxd_status boxd_box_rename_path(boxd_box *box, const char *from, const char *to,
                                 const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_rename_path(box, from, to, call, waiter_on_done, &w));
}

boxd_status boxd_box_delete_path(boxd_box *box, const char *path, const boxd_call_options *call,
                                 boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_delete_path(box, path, call, waiter_on_done, &w));
}

boxd_status boxd_box_copy_path(boxd_box *box, const char *from, const char *to, const boxd_call_options *call,
                               boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_box_copy_path(box, from, to, call, waiter_on_done, &w));
}

boxd_dir_entry *boxd_box_stat(boxd_box *box, const char *path, const boxd_call_options *call,
                              boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_stat(box, path, call, on_entry, &w));
}

typedef struct exists_waiter {
    waiter waiter;
    bool exists;
} exists_waiter;

static void on_exists(boxd_status status, bool exists, const boxd_error *error, void *data)
{
    exists_waiter *w = data;
    w->exists = exists;
    waiter_on_done(status, error, &w->waiter);
}

boxd_status boxd_box_exists(boxd_box *box, const char *path, const boxd_call_options *call, bool *exists,
                            boxd_error *error)
{
    exists_waiter w;
    if (!waiter_init(&w.waiter, __func__, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    boxd_aio_box_exists(box, path, call, on_exists, &w);
    boxd_status status = waiter_wait_done(&w.waiter, error);
    if (status == BOXD_OK && exists)
        *exists = w.exists;
    return status;
}
