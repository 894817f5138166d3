/* The heap of timers, compared with a sorted list, with sets, moves and clears in random order. */
#include "core/timer.h"

#include "core/clock.h"
#include "unit_test.h"

enum { TIMERS = 200, STEPS = 20000 };

static timer timers[TIMERS];
static int64_t wanted[TIMERS]; /* CLOCK_NEVER: unset */
static int64_t last_run;
static int runs;

static int64_t earliest(void)
{
    int64_t first = CLOCK_NEVER;
    for (int i = 0; i < TIMERS; i++)
        if (wanted[i] < first)
            first = wanted[i];
    return first;
}

static void on_run(timer *t)
{
    ck_assert_int_ge(t->when_ns, last_run);
    ck_assert(!t->set);
    last_run = t->when_ns;
    wanted[t - timers] = CLOCK_NEVER;
    runs++;
}

START_TEST(random_steps)
{
    timer_heap heap = {0};
    uint64_t seed = 1;
    int64_t now = 0;
    for (int i = 0; i < TIMERS; i++)
        wanted[i] = CLOCK_NEVER;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
        int i = (int)((seed >> 33) % TIMERS);
        if ((seed >> 20) % 4 == 0) {
            timer_clear(&heap, &timers[i]);
            wanted[i] = CLOCK_NEVER;
        } else {
            wanted[i] = now + (int64_t)((seed >> 40) % 1000);
            timer_set(&heap, &timers[i], wanted[i], on_run);
        }
        ck_assert_int_eq(timer_next(&heap), earliest());
        if (step % 10 == 0) {
            now += 20;
            last_run = 0;
            timer_run_due(&heap, now);
            ck_assert_int_gt(timer_next(&heap), now);
            ck_assert_int_eq(timer_next(&heap), earliest());
        }
    }
    ck_assert_int_gt(runs, TIMERS);
    now += 2000;
    timer_run_due(&heap, now);
    ck_assert_int_eq(timer_next(&heap), CLOCK_NEVER);
}
END_TEST

static timer_heap repeating;
static int repeats;

static void run_again(timer *t)
{
    if (++repeats < 3)
        timer_set(&repeating, t, t->when_ns + 1, run_again);
}

START_TEST(sets_itself_again)
{
    static timer t;
    timer_set(&repeating, &t, 5, run_again);
    timer_run_due(&repeating, 6);
    ck_assert_int_eq(repeats, 2);
    timer_run_due(&repeating, 7);
    ck_assert_int_eq(repeats, 3);
    ck_assert_int_eq(timer_next(&repeating), CLOCK_NEVER);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timer");
    unit_add(suite, random_steps);
    unit_add(suite, sets_itself_again);
    return unit_run(suite);
}
