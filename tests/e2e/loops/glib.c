/* GLib for the tables of the loop tests. All functions: the thread of the loop. */
#include "loop_kind.h"

#include <check.h>
#include <glib.h>

static void *open_loop(void)
{
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    g_main_context_unref(context);
    return loop;
}

static void *open_default(void)
{
    return g_main_loop_new(NULL, FALSE);
}

static void *handle(void *loop)
{
    return g_main_loop_get_context(loop);
}

static void turn(void *loop, bool wait)
{
    g_main_context_iteration(g_main_loop_get_context(loop), wait);
}

static void run(void *loop)
{
    g_main_loop_run(loop);
}

static void quit(void *loop)
{
    g_main_loop_quit(loop);
}

/* A context numbers its sources from 1 on. */
static bool is_empty(void *loop)
{
    for (guint id = 1; id < 100; id++)
        if (g_main_context_find_source_by_id(g_main_loop_get_context(loop), id))
            return false;
    return true;
}

static void close_loop(void *loop)
{
    g_main_loop_unref(loop);
}

const loop_kind LOOP_GLIB = {.name = "glib",
                             .open = open_loop,
                             .open_default = open_default,
                             .handle = handle,
                             .turn = turn,
                             .run = run,
                             .quit = quit,
                             .is_empty = is_empty,
                             .close = close_loop};
