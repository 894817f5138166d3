/* libuv for the tables of the loop tests. All functions: the thread of the loop. */
#include "loop_kind.h"

#include <check.h>
#include <stdlib.h>
#include <uv.h>

static void *open_loop(void)
{
    uv_loop_t *loop = malloc(sizeof *loop);
    ck_assert_int_eq(uv_loop_init(loop), 0);
    return loop;
}

static void turn(void *loop, bool wait)
{
    uv_run(loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static void run(void *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
}

static bool is_empty(void *loop)
{
    return !uv_loop_alive(loop);
}

static void close_loop(void *loop)
{
    ck_assert_int_eq(uv_loop_close(loop), 0);
    free(loop);
}

const loop_kind LOOP_LIBUV = {.name = "libuv",
                              .maker = "uv_default_loop()",
                              .open = open_loop,
                              .handle = loop_itself,
                              .turn = turn,
                              .run = run,
                              .quit = loop_ends_by_itself,
                              .is_empty = is_empty,
                              .close = close_loop};
