/* File sync, blocking: a few threads take what there is to do. What it does is in filesync.h. */
#include "../common/interrupt.h"
#include "filesync.h"

#include <boxd/boxd.h>

#include <stdio.h>

typedef struct driver {
    boxd_box *box;
    filesync f;
    pthread_mutex_t lock; /* of f */
    pthread_cond_t took;
} driver;

static boxd_status carry_out(const driver *d, const filesync_item *item, boxd_dir **dir, boxd_error *err)
{
    switch (item->verb) {
    case FILESYNC_LIST:
        *dir = boxd_box_list_dir(d->box, item->there, &d->f.call, err);
        return *dir ? BOXD_OK : err->status;
    case FILESYNC_MKDIR:
        return boxd_box_mkdir(d->box, item->there, &d->f.call, err);
    case FILESYNC_UPLOAD:
        return boxd_box_upload(d->box, item->here, item->there, &d->f.files, err);
    case FILESYNC_DELETE:
        return boxd_box_delete_path(d->box, item->there, &d->f.call, err);
    }
    return BOXD_OK;
}

static void *work(void *user)
{
    driver *d = user;
    pthread_mutex_lock(&d->lock);
    while (!filesync_done(&d->f)) {
        filesync_item *item = filesync_next(&d->f);
        if (!item) {
            pthread_cond_wait(&d->took, &d->lock); /* what others do may bring more */
            continue;
        }
        boxd_error err = BOXD_ERROR_INIT;
        boxd_dir *dir = NULL;
        pthread_mutex_unlock(&d->lock);
        const boxd_status status = carry_out(d, item, &dir, &err);
        pthread_mutex_lock(&d->lock);
        filesync_took(&d->f, item, dir, status == BOXD_OK ? NULL : &err);
        pthread_cond_broadcast(&d->took);
        boxd_dir_free(dir);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void work_all(driver *d)
{
    pthread_t threads[FILESYNC_AT_A_TIME - 1]; /* beside this one; fewer do as well */
    int started = 0;
    while (started < FILESYNC_AT_A_TIME - 1 && pthread_create(&threads[started], NULL, work, d) == 0)
        started++;
    work(d);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    driver d = {.lock = PTHREAD_MUTEX_INITIALIZER, .took = PTHREAD_COND_INITIALIZER};
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (filesync_begin(&d.f, argc, argv, stop.stop)) {
        boxd_compute *c = boxd_compute_open(NULL, &err); /* BOXD_API_KEY from the environment */
        d.box = c ? boxd_box_from_name(c, d.f.box, &err) : NULL;
        if (!d.box)
            (void)fprintf(stderr, "%s: %s\n", boxd_status_name(err.status), err.message);
        else if (interrupt_watch(&stop))
            work_all(&d);
        boxd_box_free(d.box);
        boxd_compute_close(c);
        code = filesync_end(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
