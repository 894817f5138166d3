/* Fan-out with blocking calls: each thread does one job after the other. fanout.h describes the program. */
#include "../common/interrupt.h"
#include "fanout.h"

#include <boxd/boxd.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct driver {
    boxd_compute *c;
    fanout f;
    /* for fanout_next() */
    pthread_mutex_t lock;
} driver;

static void run(driver *d, fanout_job *job)
{
    boxd_error err = BOXD_ERROR_INIT;
    job->box = boxd_box_create(d->c, &fanout_box, &err);
    if (!job->box) {
        fanout_set_failed(job, &err);
        return;
    }
    boxd_exec_result *result = boxd_box_exec(job->box, job->command, &d->f.exec, &err);
    fanout_set_result(job, result, &err);
    boxd_exec_result_free(result);
    if (boxd_box_destroy(job->box, NULL, &err) != BOXD_OK)
        fanout_set_failed(job, &err);
    boxd_box_free(job->box);
}

static void *work(void *user)
{
    driver *d = user;
    for (;;) {
        pthread_mutex_lock(&d->lock);
        fanout_job *job = fanout_next(&d->f);
        pthread_mutex_unlock(&d->lock);
        if (!job)
            return NULL;
        run(d, job);
    }
}

static void run_all(driver *d)
{
    pthread_t *threads = calloc((size_t)d->f.max_parallel, sizeof *threads);
    int started = 0;
    while (threads && started < d->f.max_parallel && pthread_create(&threads[started], NULL, work, d) == 0)
        started++;
    if (started < d->f.max_parallel)
        (void)fprintf(stderr, "started only %d of %d threads\n", started, d->f.max_parallel);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

int main(int argc, char **argv)
{
    driver d = {.lock = PTHREAD_MUTEX_INITIALIZER};
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (fanout_init(&d.f, argc, argv, stop.stop)) {
        d.c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
        if (!d.c)
            boxd_error_print(&err, NULL);
        else
            run_all(&d);
        boxd_compute_close(d.c);
        code = fanout_finish(&d.f);
    }
    interrupt_close(&stop);
    return code;
}
