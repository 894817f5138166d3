/* libev for the tables of the loop tests. All functions: the thread of the loop. */
#include "loop_kind.h"

#include <check.h>
#include <ev.h>

static void *open_loop(void)
{
    return ev_loop_new(EVFLAG_AUTO);
}

static void turn(void *loop, bool wait)
{
    ev_run(loop, wait ? EVRUN_ONCE : EVRUN_NOWAIT);
}

static void run(void *loop)
{
    ck_assert_int_eq(ev_run(loop, 0), 0);
}

/* The only function that says whether watchers are left also handles what is ready. */
static bool is_empty(void *loop)
{
    return !ev_run(loop, EVRUN_NOWAIT);
}

static void close_loop(void *loop)
{
    ev_loop_destroy(loop);
}

const loop_kind LOOP_LIBEV = {.name = "libev",
                              .maker = "ev_default_loop()",
                              .open = open_loop,
                              .handle = loop_itself,
                              .turn = turn,
                              .run = run,
                              .quit = loop_ends_by_itself,
                              .is_empty = is_empty,
                              .close = close_loop};
