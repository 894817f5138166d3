/* libevent for the tables of the loop tests. All functions: the thread of the loop. */
#include "loop_kind.h"

#include <check.h>
#include <event2/event.h>

static void *open_loop(void)
{
    return event_base_new();
}

static void turn(void *loop, bool wait)
{
    event_base_loop(loop, wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
}

static void run(void *loop)
{
    ck_assert_int_eq(event_base_dispatch(loop), 1);
}

static bool is_empty(void *loop)
{
    return event_base_get_num_events(loop, EVENT_BASE_COUNT_ADDED) == 0;
}

static void close_loop(void *loop)
{
    event_base_free(loop);
}

const loop_kind LOOP_LIBEVENT = {.name = "libevent",
                                 .maker = "event_base_new()",
                                 .open = open_loop,
                                 .handle = loop_itself,
                                 .turn = turn,
                                 .run = run,
                                 .quit = loop_ends_by_itself,
                                 .is_empty = is_empty,
                                 .close = close_loop};
