/*
 * keep_alive.c: closes connections that are idle for too long, on a thread of its own, as the servers of the
 * real services do: without a warning, also while a request is on its way.
 */
#include "http/keep_alive.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/util.h"

struct kept_connection {
    kept_connection *next, *prev;
    int fd;
    /* now_ms() at the end of the response; 0: not idle. */
    int64_t since_ms;
};

static int64_t limit;
static pthread_t thread;
static bool running;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
/* guarded by lock */
static kept_connection *connections;
static bool stopping;

/* Closes what is idle for too long. Returns when the next connection is; 0: none is idle. */
static int64_t close_idle(int64_t now)
{
    int64_t next = 0;
    for (kept_connection *c = connections; c != NULL; c = c->next) {
        if (c->since_ms == 0)
            continue;
        const int64_t end = c->since_ms + limit;
        if (end <= now) {
            shutdown(c->fd, SHUT_RDWR);
            c->since_ms = 0;
        } else if (next == 0 || end < next) {
            next = end;
        }
    }
    return next;
}

static void *watch(void *data)
{
    (void)data;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        const int64_t next = close_idle(now_ms());
        const struct timespec until = {next / 1000, next % 1000 * 1000000};
        if (next == 0)
            pthread_cond_wait(&changed, &lock);
        else
            pthread_cond_timedwait(&changed, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

void keep_alive_start(int64_t limit_ms)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
    limit = limit_ms;
    running = limit > 0 && pthread_create(&thread, NULL, watch, NULL) == 0;
}

void keep_alive_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    if (running)
        pthread_join(thread, NULL);
    pthread_cond_destroy(&changed);
}

kept_connection *keep_alive_add(int fd)
{
    kept_connection *c = xcalloc(1, sizeof *c);
    c->fd = fd;
    pthread_mutex_lock(&lock);
    c->next = connections;
    if (connections != NULL)
        connections->prev = c;
    connections = c;
    pthread_mutex_unlock(&lock);
    return c;
}

void keep_alive_remove(kept_connection *c)
{
    pthread_mutex_lock(&lock);
    *(c->prev ? &c->prev->next : &connections) = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&lock);
    free(c);
}

static void set_since(kept_connection *c, int64_t since_ms)
{
    pthread_mutex_lock(&lock);
    c->since_ms = since_ms;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void keep_alive_busy(kept_connection *c)
{
    set_since(c, 0);
}

void keep_alive_idle(kept_connection *c)
{
    set_since(c, now_ms());
}

void keep_alive_close(kept_connection *c)
{
    shutdown(c->fd, SHUT_RDWR);
}
