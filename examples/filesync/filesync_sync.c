/* File sync with blocking calls: a few threads work on the queue. filesync.h describes the program. */
#include "../common/interrupt.h"
#include "filesync.h"

#include <boxd/boxd.h>

#include <pthread.h>
#include <stdio.h>

typedef struct driver {
    boxd_box *box;
    filesync f;
    /* for f */
    pthread_mutex_t lock;
    /* an item is complete */
    pthread_cond_t completed;
} driver;

static boxd_status run_item(const driver *d, const filesync_item *item, boxd_dir **dir, boxd_error *err)
{
    switch (item->verb) {
    case FILESYNC_LIST:
        *dir = boxd_box_list_dir(d->box, item->remote, &d->f.call, err);
        return *dir ? BOXD_OK : err->status;
    case FILESYNC_MKDIR:
        return boxd_box_mkdir(d->box, item->remote, &d->f.call, err);
    case FILESYNC_UPLOAD:
        return boxd_box_upload(d->box, item->local, item->remote, &d->f.files, err);
    case FILESYNC_DELETE:
        return boxd_box_delete_path(d->box, item->remote, &d->f.call, err);
    }
    return BOXD_OK;
}

static void *work(void *user)
{
    driver *d = user;
    pthread_mutex_lock(&d->lock);
    while (!filesync_is_done(&d->f)) {
        filesync_item *item = filesync_next(&d->f);
        if (!item) {
            pthread_cond_wait(&d->completed, &d->lock); /* items in progress may add more */
            continue;
        }
        boxd_error err = BOXD_ERROR_INIT;
        boxd_dir *dir = NULL;
        pthread_mutex_unlock(&d->lock);
        const boxd_status status = run_item(d, item, &dir, &err);
        pthread_mutex_lock(&d->lock);
        filesync_complete(&d->f, item, dir, status == BOXD_OK ? NULL : &err);
        pthread_cond_broadcast(&d->completed);
        boxd_dir_free(dir);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void work_all(driver *d)
{
    pthread_t threads[FILESYNC_MAX_PARALLEL - 1]; /* in addition to this thread; fewer threads work, too */
    int started = 0;
    while (started < FILESYNC_MAX_PARALLEL - 1 && pthread_create(&threads[started], NULL, work, d) == 0)
        started++;
    work(d);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    driver d = {.lock = PTHREAD_MUTEX_INITIALIZER, .completed = PTHREAD_COND_INITIALIZER};
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (filesync_init(&d.f, argc, argv, stop.stop)) {
        boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
        d.box = c ? boxd_box_from_name(c, d.f.box, &err) : NULL;
        if (!d.box)
            boxd_error_print(&err, NULL);
        else
            work_all(&d);
        boxd_box_free(d.box);
        boxd_compute_close(c);
        code = filesync_finish(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
