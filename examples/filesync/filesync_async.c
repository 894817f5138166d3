/* File sync with callbacks: one thread with a poll() loop. The client limits the number of calls in flight
 * and calls back when there is a slot for the next call. filesync.h describes the program. */
#include "../common/interrupt.h"
#include "filesync.h"

#include <boxd/aio.h>

#include <poll.h>
#include <stdio.h>

typedef struct driver {
    boxd_compute *c;
    boxd_box *box;
    filesync f;
    /* on_slot() will be called */
    bool waiting;
} driver;

/* global, because the user_data of the callbacks is the item */
static driver d;

static void on_slot(boxd_status status, const boxd_error *err, void *user);

static void wait_for_slot(void)
{
    if (d.waiting)
        return;
    d.waiting = true;
    boxd_aio_compute_wait_for_slot(d.c, NULL, on_slot, NULL);
}

static void on_done(boxd_status status, const boxd_error *err, void *user)
{
    (void)status;
    filesync_complete(&d.f, user, NULL, err);
    wait_for_slot();
}

static void on_dir(boxd_dir *dir, const boxd_error *err, void *user)
{
    filesync_complete(&d.f, user, dir, err);
    boxd_dir_free(dir);
    wait_for_slot();
}

static void submit(filesync_item *item)
{
    switch (item->verb) {
    case FILESYNC_LIST:
        boxd_aio_box_list_dir(d.box, item->remote, &d.f.call, on_dir, item);
        break;
    case FILESYNC_MKDIR:
        boxd_aio_box_mkdir(d.box, item->remote, &d.f.call, on_done, item);
        break;
    case FILESYNC_UPLOAD:
        boxd_aio_box_upload(d.box, item->local, item->remote, &d.f.files, on_done, item);
        break;
    case FILESYNC_DELETE:
        boxd_aio_box_delete_path(d.box, item->remote, &d.f.call, on_done, item);
        break;
    }
}

static void on_slot(boxd_status status, const boxd_error *err, void *user)
{
    (void)user;
    d.waiting = false;
    if (status != BOXD_OK && status != BOXD_ERR_CLOSED) { /* no call can be submitted any more */
        (void)fprintf(stderr, "%s: %s\n", boxd_status_name(status), err->message);
        boxd_cancel_token_cancel(d.f.call.cancel);
    }
    filesync_item *item = status == BOXD_OK ? filesync_next(&d.f) : NULL;
    if (!item)
        return; /* an item in progress may add more; it waits for a slot then */
    submit(item);
    wait_for_slot();
}

static void loop(interrupt *stop)
{
    struct pollfd fds[] = {{.fd = boxd_aio_compute_fd(d.c), .events = POLLIN},
                           {.fd = stop->fd, .events = POLLIN}};
    while (!filesync_is_done(&d.f)) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents & POLLIN) {
            boxd_cancel_token_cancel(stop->stop);
            fds[1].fd = -1; /* the signal is handled once */
        }
        boxd_aio_compute_dispatch(d.c, 0); /* the callbacks run here */
    }
}

int main(int argc, char **argv)
{
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    const boxd_compute_options *options = BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL,
                                                       .max_calls_in_flight = FILESYNC_MAX_PARALLEL);
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (filesync_init(&d.f, argc, argv, stop.stop)) {
        d.c = boxd_compute_open(options, &err);
        d.box = d.c ? boxd_box_from_name(d.c, d.f.box, &err) : NULL;
        if (d.box) {
            wait_for_slot();
            loop(&stop);
        } else {
            boxd_error_print(&err, NULL);
        }
        boxd_box_free(d.box);
        boxd_compute_close(d.c);
        code = filesync_finish(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
