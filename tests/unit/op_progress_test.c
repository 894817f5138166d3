/* Callbacks of an operation before its last one: merged, one at a time, and never after the end. */
#include "core/op_progress.h"

#include "unit_test.h"

static int calls;
static op_progress progress;
static bool request_again, end_inside;

static void notify(void *data)
{
    ck_assert_ptr_eq(data, &calls);
    calls++;
    if (request_again)
        ck_assert(!op_progress_request(&progress, notify, &calls)); /* the task continues with this request */
    if (end_inside)
        ck_assert(!op_progress_end(&progress));
    request_again = end_inside = false;
}

static void begin(void)
{
    calls = 0;
    progress = (op_progress){0};
    op_progress_init(&progress);
}

static void call(op_progress_next expected)
{
    op_progress_call(&progress);
    ck_assert_int_eq((int)op_progress_after_call(&progress), (int)expected);
}

START_TEST(requests_are_merged)
{
    begin();
    ck_assert(op_progress_request(&progress, notify, &calls));
    ck_assert(!op_progress_request(&progress, notify, &calls));
    call(PROGRESS_IDLE);
    ck_assert_int_eq(calls, 1);
    ck_assert(op_progress_request(&progress, notify, &calls));
    request_again = true;
    call(PROGRESS_AGAIN);
    call(PROGRESS_IDLE);
    ck_assert_int_eq(calls, 3);
    ck_assert(op_progress_end(&progress));
}
END_TEST

START_TEST(the_end_waits_for_a_call)
{
    begin();
    ck_assert(op_progress_request(&progress, notify, &calls));
    ck_assert(!op_progress_end(&progress));
    call(PROGRESS_ENDED);
    ck_assert_int_eq(calls, 1);

    begin();
    ck_assert(op_progress_request(&progress, notify, &calls));
    request_again = end_inside = true;
    call(PROGRESS_AGAIN); /* a request before the end is still called */
    call(PROGRESS_ENDED);
    ck_assert_int_eq(calls, 2);
}
END_TEST

START_TEST(no_request)
{
    begin();
    ck_assert(op_progress_end(&progress));
    ck_assert_int_eq(calls, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("op_progress");
    unit_add(suite, requests_are_merged);
    unit_add(suite, the_end_waits_for_a_call);
    unit_add(suite, no_request);
    return unit_run(suite);
}
