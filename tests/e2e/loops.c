/* The loops of the loop tests and how a client is attached to each: the loops with an adapter, and plain
 * epoll and poll, whose adapters are made here as a program would make them. */
#include "loops.h"

#include <boxd/adapters/glib.h>
#include <boxd/adapters/libev.h>
#include <boxd/adapters/libevent.h>
#include <boxd/adapters/libuv.h>
#include <boxd/adapters/qt.h>
#include <boxd/adapters/sdevent.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

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

static const loop_kind LOOP_EPOLL = {.name = "epoll",
                                     .open = open_epoll,
                                     .handle = loop_itself,
                                     .turn = turn_epoll,
                                     .run = run_epoll,
                                     .quit = loop_ends_by_itself,
                                     .is_empty = is_empty_plain,
                                     .close = close_plain};

static const loop_kind LOOP_POLL = {.name = "poll",
                                    .open = open_poll,
                                    .handle = loop_itself,
                                    .turn = turn_poll,
                                    .run = run_poll,
                                    .quit = loop_ends_by_itself,
                                    .is_empty = is_empty_plain,
                                    .close = close_plain};

/* ---- the table ---- */

#define ATTACH(name, NAME)                                                                                   \
    static boxd_status attach_##name(boxd_compute *c, void *handle, boxd_error *error)                       \
    {                                                                                                        \
        return boxd_##name##_attach(c, handle, error);                                                       \
    }
LOOP_ADAPTERS(ATTACH)

#define ROW(name, NAME) {&LOOP_##NAME, attach_##name},
const loop_row LOOPS[LOOP_COUNT] = {
    {&LOOP_EPOLL, attach_plain}, {&LOOP_POLL, attach_plain}, LOOP_ADAPTERS(ROW)};

void loops_prepare(void)
{
    for (int i = 0; i < LOOP_COUNT; i++)
        LOOPS[i].kind->close(LOOPS[i].kind->open());
}

boxd_status loops_attach(const loop_kind *kind, boxd_compute *c, void *loop, boxd_error *error)
{
    const loop_row *row = LOOPS;
    while (row->kind != kind)
        row++;
    return row->attach(c, loop ? kind->handle(loop) : NULL, error);
}

void loops_must_attach(const loop_kind *k, boxd_compute *c, void *loop)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(loops_attach(k, c, loop, &error) == BOXD_OK, error);
}

void loops_drive(const loop_kind *k, void *loop, const atomic_int *counter, int count)
{
    while (atomic_load(counter) < count)
        k->turn(loop, true);
}

/* Until all clients of the loop have ended. */
void loops_drain(const loop_kind *k, void *loop)
{
    while (!k->is_empty(loop))
        k->turn(loop, true);
    k->close(loop);
}

void loops_close(const loop_kind *k, void *loop, boxd_compute *c, tally *t)
{
    boxd_aio_compute_close(c, manual_on_closed, t);
    loops_drain(k, loop);
    ck_assert_int_eq(t->closed, 1);
    ck_assert_int_eq(t->elsewhere, 0);
}

void loops_add(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test, 0, LOOP_COUNT);
    suite_add_tcase(suite, tcase);
}
