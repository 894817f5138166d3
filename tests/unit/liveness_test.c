/* What silence, statuses and messages mean for a box, and for the exit of a command. */
#include "boxd/process/liveness.h"

#include "boxd/process/command_exit.h"
#include "unit_test.h"

/* Two dead statuses in a row end the stream; a message or another status between them resets the count. */
START_TEST(dead_twice)
{
    static const char *const dead[] = {"failed", "destroyed", "destroying", "error", "Stopped"};
    for (size_t i = 0; i < COUNT(dead); i++) {
        liveness l = {.interval_ms = 5000};
        ck_assert(!liveness_status(&l, dead[i]));
        liveness_message(&l);
        ck_assert(!liveness_status(&l, dead[i]));
        ck_assert(!liveness_status(&l, "running"));
        ck_assert(!liveness_status(&l, dead[i]));
        ck_assert_ptr_null(l.dead_status);
        ck_assert(liveness_status(&l, i == 0 ? "destroyed" : dead[i]));
        ck_assert_ptr_nonnull(l.dead_status);
    }
}
END_TEST

START_TEST(alive)
{
    static const char *const statuses[] = {"", "running", "starting", "suspended", "stoppe", "stopped!"};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        liveness l = {.interval_ms = 5000};
        ck_assert(!liveness_status(&l, statuses[i]));
        ck_assert(!liveness_status(&l, statuses[i]));
        ck_assert(!l.suspect);
    }
}
END_TEST

/* A log may go on in a box that was stopped, but not in one that is gone. */
START_TEST(survives_stop)
{
    liveness l = {.interval_ms = 5000, .survives_stop = true};
    ck_assert(!liveness_status(&l, "stopped"));
    ck_assert(!liveness_status(&l, "stopped"));
    ck_assert(!liveness_status(&l, "error"));
    ck_assert(liveness_status(&l, "error"));
    ck_assert_str_eq(l.dead_status, "error");
}
END_TEST

/* With many silent streams each one probes less often; after a dead status the next probe comes soon. */
START_TEST(waits)
{
    liveness l = {.interval_ms = 5000};
    ck_assert_int_eq(liveness_wait_ms(&l, 1), 5000);
    ck_assert_int_eq(liveness_wait_ms(&l, 500), 5000);
    ck_assert_int_eq(liveness_wait_ms(&l, 10000), 100000);
    ck_assert(!liveness_status(&l, "error"));
    ck_assert_int_eq(liveness_wait_ms(&l, 1), 500);
    ck_assert_int_eq(liveness_wait_ms(&l, 10000), 500);
    l.interval_ms = 100;
    ck_assert_int_eq(liveness_wait_ms(&l, 1), 100);
    ck_assert_int_eq(liveness_wait_ms(&l, 30), 300);
}
END_TEST

/* The last message counts, but 0 replaces no other code; a message without data or with a code looks like the
 * exit. */
START_TEST(exit_of_messages)
{
    command_exit e = {0};
    ck_assert(!exit_silence(&e)); /* no message came */
    ck_assert(exit_message(&e, 10, 0));
    ck_assert(e.answered && e.unconfirmed && !e.final);
    ck_assert(!exit_silence(&e));
    ck_assert(exit_message(&e, 3, 7)); /* data and a code: valid, and more may follow */
    ck_assert(!e.unconfirmed && e.final && e.code == 7);
    ck_assert(exit_message(&e, 0, 0));
    ck_assert(e.final && e.unconfirmed && e.code == 7);
    ck_assert(exit_silence(&e));
    ck_assert(e.presumed);
    ck_assert(!exit_message(&e, 1, 0)); /* the presumption was wrong */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("liveness");
    unit_add(suite, dead_twice);
    unit_add(suite, alive);
    unit_add(suite, survives_stop);
    unit_add(suite, waits);
    unit_add(suite, exit_of_messages);
    return unit_run(suite);
}
