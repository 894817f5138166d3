/* Slots: which operation gets one, in which order, and when the owner is asked to run a pass. */
#include "core/admission.h"

#include "unit_test.h"

static slot needed(void)
{
    return (slot){.state = SLOT_NEEDED};
}

static slot patient(void)
{
    return (slot){.state = SLOT_WAIT};
}

START_TEST(no_limit)
{
    admission a = {0};
    slot slots[3] = {needed(), patient(), {.state = SLOT_NONE}};
    for (size_t i = 0; i < COUNT(slots); i++)
        ck_assert(admission_acquire(&a, &slots[i]));
    ck_assert_uint_eq(a.in_flight, 2);
    ck_assert_int_eq((int)slots[2].state, (int)SLOT_NONE);
    ck_assert(!admission_release(&a, &slots[0]));
    ck_assert(!admission_complete(&a, &slots[1]));
    ck_assert(!admission_release(&a, &slots[1]));
    ck_assert(!admission_release(&a, &slots[2]));
    ck_assert_uint_eq(a.in_flight, 0);
    ck_assert_uint_eq(a.completed, 0);
}
END_TEST

START_TEST(async_calls_are_refused)
{
    admission a = {.limit = 1};
    boxd_error error = BOXD_ERROR_INIT;
    slot first = needed(), second = needed();
    ck_assert(admission_acquire(&a, &first));
    ck_assert(!admission_acquire(&a, &second));
    admission_refusal(&a, &error);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_BUSY);
    ck_assert(error.retryable);
    admission_complete(&a, &first); /* still counted: the event loop has to keep up */
    ck_assert(!admission_acquire(&a, &second));
    admission_release(&a, &first);
    ck_assert(admission_acquire(&a, &second));
    ck_assert(!admission_release(&a, &(slot){.state = SLOT_NEEDED})); /* a refused operation */
    ck_assert_uint_eq(a.in_flight, 1);
}
END_TEST

START_TEST(blocking_calls_wait_in_order)
{
    admission a = {.limit = 1};
    slot holder = needed(), waiting[3] = {patient(), patient(), patient()};
    ck_assert(admission_acquire(&a, &holder));
    for (size_t i = 0; i < COUNT(waiting); i++) {
        ck_assert(admission_acquire(&a, &waiting[i]));
        ck_assert_int_eq((int)waiting[i].state, (int)SLOT_QUEUED);
    }
    ck_assert_uint_eq(admission_waiting(&a), 3);
    ck_assert(!admission_leave(&a, &waiting[1]));
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(admission_complete(&a, &holder)); /* not counted for blocking calls */
    ck_assert_int_eq((int)waiting[0].state, (int)SLOT_GRANTED);
    slot late = needed();
    ck_assert(!admission_acquire(&a, &late)); /* no later submission comes first */
    ck_assert_ptr_eq(admission_next(&a), &waiting[0]);
    ck_assert_ptr_null(admission_next(&a));
    ck_assert_int_eq((int)waiting[0].state, (int)SLOT_HELD);
    ck_assert(!admission_release(&a, &holder));
    ck_assert(admission_release(&a, &waiting[0]));
    ck_assert_ptr_eq(admission_next(&a), &waiting[2]);
    ck_assert_uint_eq(admission_waiting(&a), 0);
    ck_assert_uint_eq(a.in_flight, 1);
}
END_TEST

START_TEST(a_granted_slot_that_is_left_goes_to_the_next)
{
    admission a = {.limit = 1};
    slot holder = needed(), first = patient(), second = patient();
    admission_acquire(&a, &holder);
    admission_acquire(&a, &first);
    admission_acquire(&a, &second);
    ck_assert(admission_release(&a, &holder));
    ck_assert(!admission_leave(&a, &first)); /* a pass was requested already */
    ck_assert_int_eq((int)second.state, (int)SLOT_GRANTED);
    ck_assert(!admission_leave(&a, &second));
    ck_assert_uint_eq(a.in_flight, 0);
    ck_assert_ptr_null(admission_next(&a));
}
END_TEST

START_TEST(a_pass_is_requested_once)
{
    admission a = {.limit = 2};
    slot holders[2] = {needed(), needed()}, waiting[2] = {patient(), patient()};
    for (size_t i = 0; i < 2; i++)
        admission_acquire(&a, &holders[i]);
    for (size_t i = 0; i < 2; i++)
        admission_acquire(&a, &waiting[i]);
    ck_assert(admission_release(&a, &holders[0]));
    ck_assert(!admission_release(&a, &holders[1]));
    ck_assert_ptr_eq(admission_next(&a), &waiting[0]);
    ck_assert_ptr_eq(admission_next(&a), &waiting[1]);
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(!admission_release(&a, &waiting[0]));
}
END_TEST

START_TEST(watchers_are_notified_one_at_a_time_after_the_queue)
{
    admission a = {.limit = 1};
    slot holder = needed(), queued = patient(), watchers[3] = {{0}, {0}, {0}};
    admission_acquire(&a, &holder);
    for (size_t i = 0; i < COUNT(watchers); i++)
        ck_assert(!admission_watch(&a, &watchers[i]));
    admission_acquire(&a, &queued);
    ck_assert(!admission_leave(&a, &watchers[0]));
    ck_assert(admission_release(&a, &holder));
    ck_assert_ptr_eq(admission_next(&a), &queued);
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(admission_release(&a, &queued));
    ck_assert_ptr_eq(admission_next(&a), &watchers[1]);
    ck_assert_int_eq((int)watchers[1].state, (int)SLOT_NOTIFIED);
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(!admission_release(&a, &watchers[1])); /* the operation has no slot */
    ck_assert(admission_end_notification(&a));
    ck_assert_ptr_eq(admission_next(&a), &watchers[2]);
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(!admission_end_notification(&a));
}
END_TEST

/* A slot that is taken between the request of a pass and the pass. */
START_TEST(a_notification_that_comes_too_late_waits)
{
    admission a = {.limit = 1};
    slot holder = needed(), thief = needed(), watcher = {0};
    admission_acquire(&a, &holder);
    admission_watch(&a, &watcher);
    ck_assert(admission_release(&a, &holder));
    ck_assert(admission_acquire(&a, &thief));
    ck_assert_ptr_null(admission_next(&a));
    ck_assert(admission_release(&a, &thief));
    ck_assert_ptr_eq(admission_next(&a), &watcher);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("admission");
    unit_add(suite, no_limit);
    unit_add(suite, async_calls_are_refused);
    unit_add(suite, blocking_calls_wait_in_order);
    unit_add(suite, a_granted_slot_that_is_left_goes_to_the_next);
    unit_add(suite, a_pass_is_requested_once);
    unit_add(suite, watchers_are_notified_one_at_a_time_after_the_queue);
    unit_add(suite, a_notification_that_comes_too_late_waits);
    return unit_run(suite);
}
