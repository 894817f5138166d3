/*
 * mutex.c: the lock of a core, and which one the calling thread holds. Any thread.
 */
#include "core/mutex.h"

#include "invariant.h"

#include <stddef.h>

#if BOXD_ASSERTIONS

static _Thread_local const mutex *held;

static void set_held(const mutex *m)
{
    held = m;
}

bool mutex_is_held(const mutex *m)
{
    return held == m;
}

bool mutex_any_is_held(void)
{
    return held != NULL;
}

#else

static void set_held(const mutex *m)
{
    (void)m;
}

bool mutex_is_held(const mutex *m)
{
    return m != NULL;
}

bool mutex_any_is_held(void)
{
    return false;
}

#endif

void mutex_init(mutex *m)
{
    pthread_mutex_init(&m->raw, NULL);
}

void mutex_destroy(mutex *m)
{
    pthread_mutex_destroy(&m->raw);
}

void mutex_lock(mutex *m)
{
    BOXD_ASSERT(!mutex_any_is_held());
    pthread_mutex_lock(&m->raw);
    set_held(m);
}

void mutex_unlock(mutex *m)
{
    BOXD_ASSERT(mutex_is_held(m));
    set_held(NULL);
    pthread_mutex_unlock(&m->raw);
}

void mutex_wait(mutex *m, pthread_cond_t *changed)
{
    BOXD_ASSERT(mutex_is_held(m));
    set_held(NULL);
    pthread_cond_wait(changed, &m->raw);
    set_held(m);
}
