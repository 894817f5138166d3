/*
 * workers.c: see workers.h. workers_submit is for the core thread, start and stop for the main thread.
 */
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "base/util.h"

enum { MAX_WORKERS = 32 };

/* guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static loop_item *first, **last = &first;
static bool closing;

/* core thread only */
static pthread_t threads[MAX_WORKERS];
static unsigned running;

static void job_done(loop_item *item)
{
    job *j = container_of(item, job, item);
    j->done(j);
}

static loop_item *next_item(void)
{
    pthread_mutex_lock(&lock);
    while (first == NULL && !closing)
        pthread_cond_wait(&not_empty, &lock);
    loop_item *item = first;
    if (item != NULL) {
        first = item->next;
        if (first == NULL)
            last = &first;
    }
    pthread_mutex_unlock(&lock);
    return item;
}

static void *worker_main(void *unused)
{
    (void)unused;
    for (loop_item *item = next_item(); item != NULL; item = next_item()) {
        job *j = container_of(item, job, item);
        j->work(j);
        item->run = job_done;
        loop_post(item);
    }
    return NULL;
}

int workers_start(unsigned count)
{
    for (running = 0; running < count && running < MAX_WORKERS; running++) {
        int error = pthread_create(&threads[running], NULL, worker_main, NULL);
        if (error != 0)
            return error;
        char name[16];
        (void)snprintf(name, sizeof name, "worker-%u", running % 100);
        (void)pthread_setname_np(threads[running], name);
    }
    return 0;
}

void workers_stop(void)
{
    pthread_mutex_lock(&lock);
    closing = true;
    pthread_cond_broadcast(&not_empty);
    pthread_mutex_unlock(&lock);
    while (running > 0)
        pthread_join(threads[--running], NULL);
}

void workers_submit(job *work)
{
    work->item.next = NULL;
    pthread_mutex_lock(&lock);
    *last = &work->item;
    last = &work->item.next;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}
