/* Counts callbacks and waits for a count: on a condition variable, or in a loop that dispatches. */
#include "callbacks.h"

#include <boxd/adapters/libuv.h>

#include <check.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

/* ---- on the core thread ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t counted = PTHREAD_COND_INITIALIZER;

void callbacks_count(atomic_int *count)
{
    atomic_fetch_add(count, 1); /* the waiting thread may free the counter from here on */
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&counted);
    pthread_mutex_unlock(&lock);
}

static void sleep_until(const atomic_int *count, int wanted)
{
    pthread_mutex_lock(&lock);
    while (atomic_load(count) < wanted)
        pthread_cond_wait(&counted, &lock);
    pthread_mutex_unlock(&lock);
}

/* ---- on epoll ---- */

static int epoll = -1, epoll_clients;

static void epoll_attach(boxd_compute *compute)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = compute};
    if (epoll < 0)
        epoll = epoll_create1(EPOLL_CLOEXEC);
    ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, boxd_aio_compute_fd(compute), &event), 0);
    epoll_clients++;
}

static void epoll_leave(boxd_compute *compute)
{
    ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_DEL, boxd_aio_compute_fd(compute), NULL), 0);
    epoll_clients--;
}

/* One event at a time: a callback may end the client of the next one. */
static void epoll_turn(void)
{
    struct epoll_event event;
    ck_assert_int_gt(epoll_clients, 0);
    if (epoll_wait(epoll, &event, 1, -1) == 1)
        boxd_aio_compute_dispatch(event.data.ptr, 0);
}

static void epoll_end(void)
{
    ck_assert_int_eq(epoll_clients, 0);
    if (epoll >= 0)
        close(epoll);
    epoll = -1;
}

/* ---- on libuv ---- */

static uv_loop_t uv;
static bool uv_open;

static void libuv_attach(boxd_compute *compute)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (!uv_open)
        ck_assert_int_eq(uv_loop_init(&uv), 0);
    uv_open = true;
    ck_assert_msg(boxd_libuv_attach(compute, &uv, &error) == BOXD_OK, "%s", error.message);
}

static void libuv_turn(void)
{
    ck_assert(uv_loop_alive(&uv));
    uv_run(&uv, UV_RUN_ONCE);
}

/* uv_run() returns because no client is left, and the loop can be closed because no client left a handle. */
static void libuv_end(void)
{
    if (!uv_open)
        return;
    ck_assert_int_eq(uv_run(&uv, UV_RUN_DEFAULT), 0);
    ck_assert(!uv_loop_alive(&uv));
    ck_assert_int_eq(uv_loop_close(&uv), 0);
    uv_open = false;
}

/* ---- on either ---- */

static callbacks_on where;

void callbacks_attach(boxd_compute *compute, callbacks_on on)
{
    where = on;
    if (on == ON_EPOLL)
        epoll_attach(compute);
    else if (on == ON_LIBUV)
        libuv_attach(compute);
}

void callbacks_leave(boxd_compute *compute)
{
    if (compute && where == ON_EPOLL)
        epoll_leave(compute);
}

void callbacks_wait(const atomic_int *count, int wanted)
{
    if (where == ON_CORE_THREAD)
        sleep_until(count, wanted);
    else
        while (atomic_load(count) < wanted)
            where == ON_EPOLL ? epoll_turn() : libuv_turn();
}

void callbacks_end(void)
{
    epoll_end();
    libuv_end();
    where = ON_CORE_THREAD;
}
