/*
 * The wall clock is set while calls are under way: no deadline comes early or late. What the libraries of
 * this process, gRPC's too, take for the wall clock is what this program says.
 */
#include "e2e.h"
#include "pending.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60 };

static atomic_llong step_s;

#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

SEEN_BY_LIBRARIES int clock_gettime(clockid_t clock, struct timespec *now)
{
    const long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += atomic_load(&step_s);
    return (int)failed;
}

SEEN_BY_LIBRARIES int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    const long failed = syscall(SYS_gettimeofday, now, zone);
    if (!failed)
        now->tv_sec += atomic_load(&step_s);
    return (int)failed;
}

SEEN_BY_LIBRARIES time_t time(time_t *now)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    if (now)
        *now = wall.tv_sec;
    return wall.tv_sec;
}

/* A call that takes the room, one that is answered late, but within its time, and two that time out: without
 * an answer, and without room. A deadline on the wall clock would be over at once, or a day late. */
static void step_beside_calls(int i, long long step)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_call_options brief = BOXD_CALL_OPTIONS_INIT, ample = BOXD_CALL_OPTIONS_INIT;
    pending hung = PENDING_INIT, late = PENDING_INIT, roomless = PENDING_INIT;
    brief.timeout_ms = 1000;
    ample.timeout_ms = 60 * 1000;
    options.max_calls_in_flight = 2;
    e2e_open(i, &options);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    boxd_aio_compute_whoami(compute, &brief, pending_identity, &hung);
    while (emulator_faults_left(&emulator) > 0) /* it is there */
        continue;
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"delay_ms\":2000,\"count\":1}");
    boxd_aio_compute_whoami(compute, &ample, pending_identity, &late);
    boxd_aio_compute_wait_for_room(compute, BOXD_OPTIONS(boxd_call_options, .timeout_ms = 100), pending_done,
                                   &roomless);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    atomic_store(&step_s, step);
    ck_assert_int_eq((int)pending_settle(&roomless), (int)BOXD_ERR_TIMEOUT);
    ck_assert_int_eq((int)pending_settle(&hung), (int)BOXD_ERR_TIMEOUT);
    ck_assert_int_eq((int)pending_settle(&late), (int)BOXD_OK);
    e2e_close();
}

START_TEST(set_forward)
{
    step_beside_calls(_i, DAY_S);
}
END_TEST

START_TEST(set_back)
{
    step_beside_calls(_i, -DAY_S);
}
END_TEST

/* The token's life is counted from its exchange: it is neither dropped nor kept too long. */
START_TEST(token_outlives_a_step)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    static const long long steps[] = {0, DAY_S, -DAY_S};
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(steps); i++) {
        atomic_store(&step_s, steps[i]);
        boxd_identity *who = on->compute_whoami(compute, NULL, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
    }
    boxd_compute_get_counters(compute, &counters);
    ck_assert_uint_eq(counters.exchanges, 1);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    e2e_add(suite, set_forward);
    e2e_add(suite, set_back);
    e2e_add(suite, token_outlives_a_step);
    return e2e_main(suite, NULL);
}
