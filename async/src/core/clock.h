/*
 * clock.h: the one clock of the library. Deadlines are absolute values of it, so that changes of the wall
 * clock have no effect. The wall clock is for the tokens only, whose times other machines have set.
 */
#ifndef BOXD_CLOCK_H
#define BOXD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_NEVER INT64_MAX
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC, in nanoseconds. Unit tests link another definition, whose time they set. */
int64_t clock_now(void);

/* `start` plus `ms`; CLOCK_NEVER for negative or distant values. */
static inline int64_t clock_add_ms(int64_t since_ns, int64_t ms)
{
    if (ms < 0 || ms > INT64_MAX / NS_PER_MS / 4)
        return CLOCK_NEVER;
    return since_ns + ms * NS_PER_MS;
}

/* The same from now. */
static inline int64_t clock_after_ms(int64_t ms)
{
    return clock_add_ms(clock_now(), ms);
}

/* The wall clock, in Unix seconds. */
static inline int64_t clock_wall_s(void)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    return wall.tv_sec;
}

#endif
