/*
 * worker.h: a thread for work that may block on a local disk, so that the core thread never does. It starts
 * with the first task.
 */
#ifndef BOXD_WORKER_H
#define BOXD_WORKER_H

#include "core/loop.h"

typedef struct worker {
    loop loop;
    struct {
        pthread_mutex_t lock;
        pthread_cond_t woken;
        bool wake;
    } synced_data;
    /* Core thread only. */
    bool started;
} worker;

/* Starts the thread unless it runs. Core thread. */
boxd_status worker_start(worker *w, boxd_error *error);

/* Finishes the posted tasks, joins the thread and frees the worker. Core thread. */
void worker_stop(worker *w);

#endif
