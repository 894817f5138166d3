/*
 * dir.c: the blocking functions for whole directories. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/dir.h>
#include <boxd/dir.h>

/* Unlike other results, this one comes with an error, too. */
typedef struct transfer_waiter {
    waiter waiter;
    boxd_dir_transfer *transfer;
} transfer_waiter;

static void on_transfer(boxd_status status, boxd_dir_transfer *transfer, const boxd_error *error, void *data)
{
    transfer_waiter *w = data;
    w->transfer = transfer;
    waiter_on_done(status, error, &w->waiter);
}

static boxd_status wait_for_transfer(transfer_waiter *w, boxd_dir_transfer **transfer, boxd_error *error)
{
    const boxd_status status = waiter_wait_done(&w->waiter, error);
    if (transfer)
        *transfer = w->transfer;
    else
        boxd_dir_transfer_free(w->transfer);
    return status;
}

/* The body of a function that transfers a directory; compare WAIT_FOR_RESULT() in waiter.h. */
#define WAIT_FOR_TRANSFER(submission)                                                                        \
    transfer_waiter w;                                                                                       \
    if (transfer)                                                                                            \
        *transfer = NULL;                                                                                    \
    if (!waiter_init(&w.waiter, __func__, error))                                                            \
        return BOXD_ERR_WOULD_DEADLOCK;                                                                      \
    submission;                                                                                              \
    return wait_for_transfer(&w, transfer, error)

boxd_status boxd_box_upload_dir(boxd_box *box, const char *local_path, const char *path,
                                const boxd_dir_transfer_options *options, boxd_dir_transfer **transfer,
                                boxd_error *error)
{
    WAIT_FOR_TRANSFER(boxd_aio_box_upload_dir(box, local_path, path, options, on_transfer, &w));
}

boxd_status boxd_box_download_dir(boxd_box *box, const char *path, const char *local_path,
                                  const boxd_dir_transfer_options *options, boxd_dir_transfer **transfer,
                                  boxd_error *error)
{
    WAIT_FOR_TRANSFER(boxd_aio_box_download_dir(box, path, local_path, options, on_transfer, &w));
}

boxd_status boxd_box_sync_dir(boxd_box *box, const char *local_path, const char *path,
                              const boxd_dir_transfer_options *options, boxd_dir_transfer **transfer,
                              boxd_error *error)
{
    WAIT_FOR_TRANSFER(boxd_aio_box_sync_dir(box, local_path, path, options, on_transfer, &w));
}
