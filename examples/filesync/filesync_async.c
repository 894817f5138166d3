/* File sync with callbacks: one thread, a loop on poll(), and a client that takes a limited number of calls:
 * it tells when there is room for one more. What it does is in filesync.h. */
#include "../common/interrupt.h"
#include "filesync.h"

#include <boxd/aio.h>

#include <poll.h>
#include <stdio.h>

typedef struct driver {
    boxd_compute *c;
    boxd_box *box;
    filesync f;
    bool asked; /* for room */
} driver;

static driver d; /* the items are the callbacks' user data */

static void on_room(boxd_status status, const boxd_error *err, void *user);

static void ask_for_room(void)
{
    if (d.asked)
        return;
    d.asked = true;
    boxd_aio_compute_wait_for_slot(d.c, NULL, on_room, NULL);
}

static void on_done(boxd_status status, const boxd_error *err, void *user)
{
    (void)status;
    filesync_took(&d.f, user, NULL, err);
    ask_for_room();
}

static void on_dir(boxd_dir *dir, const boxd_error *err, void *user)
{
    filesync_took(&d.f, user, dir, err);
    boxd_dir_free(dir);
    ask_for_room();
}

static void begin(filesync_item *item)
{
    switch (item->verb) {
    case FILESYNC_LIST:
        boxd_aio_box_list_dir(d.box, item->there, &d.f.call, on_dir, item);
        break;
    case FILESYNC_MKDIR:
        boxd_aio_box_mkdir(d.box, item->there, &d.f.call, on_done, item);
        break;
    case FILESYNC_UPLOAD:
        boxd_aio_box_upload(d.box, item->here, item->there, &d.f.files, on_done, item);
        break;
    case FILESYNC_DELETE:
        boxd_aio_box_delete_path(d.box, item->there, &d.f.call, on_done, item);
        break;
    }
}

static void on_room(boxd_status status, const boxd_error *err, void *user)
{
    (void)user;
    d.asked = false;
    if (status != BOXD_OK && status != BOXD_ERR_CLOSED) { /* nothing can be begun any more */
        (void)fprintf(stderr, "%s: %s\n", boxd_status_name(status), err->message);
        boxd_cancel_token_cancel(d.f.call.cancel);
    }
    filesync_item *item = status == BOXD_OK ? filesync_next(&d.f) : NULL;
    if (!item)
        return; /* what is under way may bring more, and asks then */
    begin(item);
    ask_for_room();
}

static void loop(interrupt *stop)
{
    struct pollfd fds[] = {{.fd = boxd_aio_compute_fd(d.c), .events = POLLIN},
                           {.fd = stop->fd, .events = POLLIN}};
    while (!filesync_done(&d.f)) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents & POLLIN) {
            boxd_cancel_token_cancel(stop->stop);
            fds[1].fd = -1; /* once */
        }
        boxd_aio_compute_dispatch(d.c, 0); /* the callbacks run here */
    }
}

int main(int argc, char **argv)
{
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    const boxd_compute_options *options = BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL,
                                                       .max_calls_in_flight = FILESYNC_AT_A_TIME);
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (filesync_begin(&d.f, argc, argv, stop.stop)) {
        d.c = boxd_compute_open(options, &err);
        d.box = d.c ? boxd_box_from_name(d.c, d.f.box, &err) : NULL;
        if (d.box) {
            ask_for_room();
            loop(&stop);
        } else {
            (void)fprintf(stderr, "%s: %s\n", boxd_status_name(err.status), err.message);
        }
        boxd_box_free(d.box);
        boxd_compute_close(d.c);
        code = filesync_end(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
