/*
 * mutex.h: the lock of a core. In builds with assertions it knows its holder, so that functions can assert
 * that they run under it, and callbacks that they do not. A thread holds one such lock at a time.
 */
#ifndef BOXD_MUTEX_H
#define BOXD_MUTEX_H

#include <pthread.h>
#include <stdbool.h>

typedef struct mutex {
    pthread_mutex_t raw;
} mutex;

void mutex_init(mutex *m);
void mutex_destroy(mutex *m);
void mutex_lock(mutex *m);
void mutex_unlock(mutex *m);

/* As pthread_cond_wait(). */
void mutex_wait(mutex *m, pthread_cond_t *changed);

/* Whether the calling thread holds it, or holds any. For assertions: meaningless in other builds. */
bool mutex_is_held(const mutex *m);
bool mutex_any_is_held(void);

#endif
