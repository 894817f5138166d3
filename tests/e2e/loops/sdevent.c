/* sd-event for the tables of the loop tests. All functions: the thread of the loop. */
#include "loop_kind.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

static void *open_loop(void)
{
    sd_event *loop = NULL;
    ck_assert_int_ge(sd_event_new(&loop), 0);
    return loop;
}

static void *open_default(void)
{
    sd_event *loop = NULL;
    ck_assert_int_ge(sd_event_default(&loop), 0);
    return loop;
}

static void turn(void *loop, bool wait)
{
    ck_assert_int_ge(sd_event_run(loop, wait ? UINT64_MAX : 0), 0);
}

static void run(void *loop)
{
    ck_assert_int_ge(sd_event_loop(loop), 0);
}

static void quit(void *loop)
{
    sd_event_exit(loop, 0);
}

/* The loop's epoll waits for nothing: sd-event does not say how many sources it has. */
static bool is_empty(void *loop)
{
    char path[64], line[256];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", sd_event_get_fd(loop));
    FILE *info = fopen(path, "r");
    ck_assert_ptr_nonnull(info);
    while (fgets(line, sizeof line, info))
        found = found || strncmp(line, "tfd:", 4) == 0;
    fclose(info);
    return !found;
}

static void close_loop(void *loop)
{
    sd_event_unref(loop);
}

const loop_kind LOOP_SDEVENT = {.name = "sdevent",
                                .open = open_loop,
                                .open_default = open_default,
                                .handle = loop_itself,
                                .turn = turn,
                                .run = run,
                                .quit = quit,
                                .is_empty = is_empty,
                                .close = close_loop};
