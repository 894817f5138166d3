/*
 * fake_loop.h: a clock and a loop that a unit test controls: time passes and the loop runs only when the
 * test says so. For programs of one source file, because the header defines clock_now() in place of
 * core/clock.c.
 */
#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include "core/clock.h"
#include "core/loop.h"
#include "unit_test.h"

static int64_t fake_now_ns = 1000 * NS_PER_S;

int64_t clock_now(void)
{
    return fake_now_ns;
}

static inline void fake_wait(void *state, int64_t deadline_ns)
{
    (void)state;
    (void)deadline_ns;
}

static inline void fake_wake(void *state)
{
    (void)state;
}

static inline void fake_loop_start(loop *l)
{
    const loop_poller poller = {.wait = fake_wait, .wake = fake_wake, .stepped = true};
    ck_assert_int_eq((int)loop_start(l, "fake", poller, NULL, NULL, NULL), (int)BOXD_OK);
}

/* Runs posted tasks, and the timers that are due. */
static inline void fake_loop_run(loop *l)
{
    ck_assert(loop_step(l));
}

/* Lets `seconds` pass, then runs the loop. */
static inline void fake_pass_s(loop *l, int64_t seconds)
{
    fake_now_ns += seconds * NS_PER_S;
    fake_loop_run(l);
}

#endif
