/*
 * watch.c: see watch.h. Core thread, except watch_main and post_events, which run on the watch thread.
 */
#include "base/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/util.h"

/*
 * An event names a slot and the generation of the slot, not an address: a watch may end on the core thread
 * while an event for it is queued. Then the generation differs, and the event is dropped.
 */
typedef struct {
    watch *watch;
    uint32_t generation;
    uint32_t next_free;
} slot;

#define NO_SLOT UINT32_MAX

enum { BATCH = 256 };

/* core thread only */
static slot *slots;
static uint32_t slot_count, free_slot = NO_SLOT;
static pthread_t thread;
static bool thread_runs;

static int epoll_fd = -1, stop_fd = -1; /* set before the thread starts, closed after it ended */

/* guarded by fired_lock */
static pthread_mutex_t fired_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *fired;
static size_t fired_count, fired_capacity;
static bool post_pending;

static void deliver(loop_item *item)
{
    (void)item;
    pthread_mutex_lock(&fired_lock);
    uint64_t *batch = fired;
    size_t count = fired_count;
    fired = NULL;
    fired_count = fired_capacity = 0;
    post_pending = false;
    pthread_mutex_unlock(&fired_lock);
    for (size_t i = 0; i < count; i++) {
        const slot *s = &slots[batch[i] & UINT32_MAX];
        if (s->watch == NULL || s->generation != batch[i] >> 32)
            continue;
        s->watch->armed = false;
        s->watch->ready(s->watch);
    }
    free(batch);
}

static loop_item deliver_item = {NULL, deliver};

/* watch thread */
static void post_events(const struct epoll_event *events, size_t count)
{
    pthread_mutex_lock(&fired_lock);
    if (fired_count + count > fired_capacity) {
        fired_capacity = (fired_count + count) * 2;
        fired = xrealloc(fired, fired_capacity * sizeof *fired);
    }
    for (size_t i = 0; i < count; i++)
        fired[fired_count++] = events[i].data.u64;
    bool post = !post_pending && fired_count > 0;
    if (post)
        post_pending = true;
    pthread_mutex_unlock(&fired_lock);
    if (post)
        loop_post(&deliver_item);
}

static void *watch_main(void *unused)
{
    (void)unused;
    struct epoll_event events[BATCH];
    for (;;) {
        int n = epoll_wait(epoll_fd, events, BATCH, -1);
        if (n < 0 && errno != EINTR)
            return NULL;
        for (int i = 0; i < n; i++) {
            if (events[i].data.u64 == UINT64_MAX)
                return NULL;
        }
        if (n > 0)
            post_events(events, (size_t)n);
    }
}

int watch_start(void)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    stop_fd = eventfd(0, EFD_CLOEXEC);
    if (epoll_fd < 0 || stop_fd < 0)
        return errno;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, stop_fd, &event) != 0)
        return errno;
    int error = pthread_create(&thread, NULL, watch_main, NULL);
    thread_runs = error == 0;
    if (thread_runs)
        (void)pthread_setname_np(thread, "watch");
    return error;
}

void watch_stop(void)
{
    if (thread_runs) {
        (void)eventfd_write(stop_fd, 1);
        pthread_join(thread, NULL);
        thread_runs = false;
    }
    if (epoll_fd >= 0)
        close(epoll_fd);
    if (stop_fd >= 0)
        close(stop_fd);
    epoll_fd = stop_fd = -1;
    free(slots);
    slots = NULL;
    slot_count = 0;
    free_slot = NO_SLOT;
    free(fired);
    fired = NULL;
}

static uint32_t allocate_slot(watch *w)
{
    if (free_slot == NO_SLOT) {
        uint32_t grown = slot_count ? slot_count * 2 : 64;
        slots = xrealloc(slots, grown * sizeof *slots);
        for (uint32_t i = grown; i-- > slot_count;) {
            slots[i] = (slot){NULL, 1, free_slot};
            free_slot = i;
        }
        slot_count = grown;
    }
    uint32_t index = free_slot;
    free_slot = slots[index].next_free;
    slots[index].watch = w;
    return index;
}

void watch_init(watch *w, int fd, void (*ready)(watch *w))
{
    *w = (watch){.fd = fd, .slot = NO_SLOT, .ready = ready};
}

void watch_arm(watch *w, uint32_t epoll_events)
{
    if (w->fd < 0 || w->armed || w->ready == NULL)
        return;
    if (!w->added)
        w->slot = allocate_slot(w);
    struct epoll_event event = {.events = epoll_events | EPOLLONESHOT};
    event.data.u64 = (uint64_t)slots[w->slot].generation << 32 | w->slot;
    w->armed = epoll_ctl(epoll_fd, w->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &event) == 0;
    w->added = true;
}

void watch_end(watch *w)
{
    if (w->added) {
        (void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
        slot *s = &slots[w->slot];
        s->watch = NULL;
        s->generation++;
        s->next_free = free_slot;
        free_slot = w->slot;
    }
    *w = (watch){.fd = -1, .slot = NO_SLOT};
}
