/* The event loops of the loop tests, one struct each: epoll, libuv, libevent, GLib. */
#include "loops.h"

#include <boxd/adapters/glib.h>
#include <boxd/adapters/libevent.h>
#include <boxd/adapters/libuv.h>

#include <check.h>
#include <event2/event.h>
#include <glib.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

static void need_not_quit(void *loop)
{
    (void)loop;
}

/* ---- libuv ---- */

static void *open_libuv(void)
{
    uv_loop_t *loop = malloc(sizeof *loop);
    ck_assert_int_eq(uv_loop_init(loop), 0);
    return loop;
}

static boxd_status attach_libuv(boxd_compute *c, void *loop, boxd_error *error)
{
    return boxd_libuv_attach(c, loop, error);
}

static void turn_libuv(void *loop, bool wait)
{
    uv_run(loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static void run_libuv(void *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
}

static bool is_empty_libuv(void *loop)
{
    return !uv_loop_alive(loop);
}

static void close_libuv(void *loop)
{
    ck_assert_int_eq(uv_loop_close(loop), 0);
    free(loop);
}

/* ---- libevent ---- */

static void *open_libevent(void)
{
    return event_base_new();
}

static boxd_status attach_libevent(boxd_compute *c, void *loop, boxd_error *error)
{
    return boxd_libevent_attach(c, loop, error);
}

static void turn_libevent(void *loop, bool wait)
{
    event_base_loop(loop, wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
}

static void run_libevent(void *loop)
{
    ck_assert_int_eq(event_base_dispatch(loop), 1);
}

static bool is_empty_libevent(void *loop)
{
    return event_base_get_num_events(loop, EVENT_BASE_COUNT_ADDED) == 0;
}

static void close_libevent(void *loop)
{
    event_base_free(loop);
}

/* ---- GLib ---- */

static void *open_glib(void)
{
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    g_main_context_unref(context);
    return loop;
}

static boxd_status attach_glib(boxd_compute *c, void *loop, boxd_error *error)
{
    return boxd_glib_attach(c, g_main_loop_get_context(loop), error);
}

static void turn_glib(void *loop, bool wait)
{
    g_main_context_iteration(g_main_loop_get_context(loop), wait);
}

static void run_glib(void *loop)
{
    g_main_loop_run(loop);
}

static void quit_glib(void *loop)
{
    g_main_loop_quit(loop);
}

/* A context numbers its sources from 1 on. */
static bool is_empty_glib(void *loop)
{
    for (guint id = 1; id < 100; id++)
        if (g_main_context_find_source_by_id(g_main_loop_get_context(loop), id))
            return false;
    return true;
}

static void close_glib(void *loop)
{
    g_main_loop_unref(loop);
}

/* ---- plain descriptors ---- */

enum { SLOTS = 4 };

typedef struct plain_loop {
    struct slot {
        /* Or NULL. */
        boxd_compute *client;
        struct plain_loop *loop;
    } slots[SLOTS];
    /* -1: poll. */
    int epoll;
} plain_loop;

static plain_loop *open_plain(int epoll)
{
    plain_loop *loop = calloc(1, sizeof *loop);
    loop->epoll = epoll;
    return loop;
}

static void *open_epoll(void)
{
    return open_plain(epoll_create1(EPOLL_CLOEXEC));
}

static void *open_poll(void)
{
    return open_plain(-1);
}

static void detach(void *data)
{
    struct slot *slot = data;
    if (slot->loop->epoll >= 0)
        ck_assert_int_eq(epoll_ctl(slot->loop->epoll, EPOLL_CTL_DEL, boxd_aio_compute_fd(slot->client), NULL),
                         0);
    slot->client = NULL;
}

static boxd_status attach_plain(boxd_compute *c, void *data, boxd_error *error)
{
    plain_loop *loop = data;
    struct slot *slot = loop->slots;
    while (slot->client)
        slot++;
    if (boxd_aio_compute_attach(c, detach, slot, error) != BOXD_OK)
        return error ? error->status : BOXD_ERR_FAILED;
    slot->client = c;
    slot->loop = loop;
    struct epoll_event readable = {.events = EPOLLIN, .data.ptr = slot};
    if (loop->epoll >= 0)
        ck_assert_int_eq(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, boxd_aio_compute_fd(c), &readable), 0);
    return BOXD_OK;
}

/* One event at a time: a callback may detach any client. */
static void turn_epoll(void *data, bool wait)
{
    struct epoll_event event;
    if (epoll_wait(((plain_loop *)data)->epoll, &event, 1, wait ? -1 : 0) == 1)
        boxd_aio_compute_dispatch(((struct slot *)event.data.ptr)->client, 0);
}

static void turn_poll(void *data, bool wait)
{
    plain_loop *loop = data;
    struct pollfd readable[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        readable[i] = (struct pollfd){.fd = boxd_aio_compute_fd(loop->slots[i].client), .events = POLLIN};
    poll(readable, SLOTS, wait ? -1 : 0);
    for (int i = 0; i < SLOTS; i++)
        if (readable[i].revents)
            boxd_aio_compute_dispatch(loop->slots[i].client, 0); /* NULL: detached meanwhile */
}

static bool is_empty_plain(void *data)
{
    const plain_loop *loop = data;
    for (int i = 0; i < SLOTS; i++)
        if (loop->slots[i].client)
            return false;
    return true;
}

static void run_epoll(void *loop)
{
    while (!is_empty_plain(loop))
        turn_epoll(loop, true);
}

static void run_poll(void *loop)
{
    while (!is_empty_plain(loop))
        turn_poll(loop, true);
}

static void close_plain(void *data)
{
    plain_loop *loop = data;
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop);
}

const loop_kind LOOPS[LOOP_COUNT] = {
    {"libuv", open_libuv, attach_libuv, turn_libuv, run_libuv, need_not_quit, is_empty_libuv, close_libuv},
    {"libevent", open_libevent, attach_libevent, turn_libevent, run_libevent, need_not_quit,
     is_empty_libevent, close_libevent},
    {"glib", open_glib, attach_glib, turn_glib, run_glib, quit_glib, is_empty_glib, close_glib},
    {"epoll", open_epoll, attach_plain, turn_epoll, run_epoll, need_not_quit, is_empty_plain, close_plain},
    {"poll", open_poll, attach_plain, turn_poll, run_poll, need_not_quit, is_empty_plain, close_plain},
};
