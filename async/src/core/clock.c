/*
 * clock.c: reads the clock. Any thread. A file of its own, so that a unit test can link its own clock
 * instead.
 */
#include "core/clock.h"

#include <time.h>

int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}
