/* Operations one after another: their outcome, and which of their functions run when. */
#include "sim.h"

static boxd_call_options options(boxd_cancel_token *token, int64_t timeout_ms)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.cancel = token;
    call.timeout_ms = timeout_ms;
    return call;
}

static const boxd_dispatch_mode modes[] = {BOXD_DISPATCH_CORE_THREAD, BOXD_DISPATCH_MANUAL};

START_TEST(success)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        sim_client *c = sim_open(modes[i], 0);
        sim_record r = {0};
        sim_submit(c, &r, NULL);
        ck_assert_int_eq(r.started, 0); /* nothing runs inside the submitting call */
        sim_step(c);
        ck_assert_int_eq(r.started, 1);
        sim_answer(&r);
        sim_step(c);
        ck_assert_int_eq(r.finished, 1);
        sim_steps(c, 2);
        ck_assert_int_eq(r.delivered, modes[i] == BOXD_DISPATCH_CORE_THREAD);
        ck_assert_uint_eq(core_dispatch(&c->core, 0), modes[i] == BOXD_DISPATCH_MANUAL);
        sim_expect(&r, BOXD_OK);
        sim_close_and_end(c);
    }
}
END_TEST

START_TEST(an_earlier_error_is_the_outcome)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    sim_record r = {0};
    op *o = sim_op_new(c, &r, NULL);
    o->error.status = BOXD_ERR_VALIDATION;
    op_submit(o);
    ck_assert_int_eq(r.delivered, 0);
    sim_settle(c);
    sim_expect(&r, BOXD_ERR_VALIDATION);
    ck_assert_int_eq(r.started, 0);
    sim_close_and_end(c);
}
END_TEST

START_TEST(cancelled_before_and_after_its_start)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    boxd_cancel_token *token = boxd_cancel_token_new();
    const boxd_call_options call = options(token, 0);
    sim_record running = {.stops_at_once = true}, slow = {0}, late = {0};
    sim_submit(c, &running, &call);
    sim_submit(c, &slow, &call);
    sim_settle(c);
    boxd_cancel_token_cancel(token);
    sim_submit(c, &late, &call);
    sim_settle(c);
    sim_expect(&running, BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)running.outcome.sent, (int)BOXD_SENT_UNKNOWN);
    sim_expect(&late, BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)late.outcome.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(late.started, 0);
    ck_assert_int_eq(slow.stopped, 1);
    ck_assert_int_eq(slow.delivered, 0);
    sim_answer(&slow);
    sim_settle(c);
    sim_expect(&slow, BOXD_ERR_CANCELLED);
    boxd_cancel_token_free(token);
    sim_close_and_end(c);
}
END_TEST

START_TEST(timed_out)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    const boxd_call_options call = options(NULL, 1000);
    sim_record r = {.stops_at_once = true};
    sim_submit(c, &r, &call);
    sim_settle(c);
    fake_now_ns += 999 * NS_PER_MS;
    sim_settle(c);
    ck_assert_int_eq(r.stopped, 0);
    fake_now_ns += NS_PER_MS;
    sim_settle(c);
    sim_expect(&r, BOXD_ERR_TIMEOUT);
    ck_assert_str_eq(r.outcome.message, "no answer within 1000 ms");
    sim_close_and_end(c);
}
END_TEST

START_TEST(a_close_ends_running_operations_and_refuses_others)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    sim_record running = {.stops_at_once = true}, before = {.stops_at_once = true}, after = {0}, ended = {0};
    sim_submit(c, &running, NULL);
    sim_settle(c);
    sim_submit(c, &before, NULL);
    core_close(&c->core, NULL, NULL);
    sim_submit(c, &after, NULL);
    sim_settle(c);
    sim_expect(&running, BOXD_ERR_CLOSED);
    sim_expect(&before, BOXD_ERR_CLOSED);
    sim_expect(&after, BOXD_ERR_CLOSED);
    ck_assert_int_eq(before.stopped, 1);
    ck_assert_int_eq(after.started, 0);
    ck_assert(c->loop_ended);
    sim_submit(c, &ended, NULL); /* the loop has ended: at once */
    sim_expect(&ended, BOXD_ERR_CLOSED);
    sim_end(c);
}
END_TEST

/* ---- slots ---- */

START_TEST(async_calls_are_refused_without_a_slot)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 1);
    sim_record holder = {0}, refused = {0}, next = {0};
    sim_submit(c, &holder, NULL);
    sim_submit(c, &refused, NULL);
    sim_settle(c);
    sim_expect(&refused, BOXD_ERR_BUSY);
    sim_answer(&holder);
    sim_settle(c);
    sim_expect(&holder, BOXD_OK);
    sim_submit(c, &next, NULL);
    sim_answer(&next);
    sim_settle(c);
    sim_answer(&next);
    sim_settle(c);
    sim_expect(&next, BOXD_OK);
    boxd_counters counters = BOXD_COUNTERS_INIT;
    core_count(&c->core, &counters);
    ck_assert_uint_eq(counters.calls, 3);
    ck_assert_uint_eq(counters.succeeded, 2);
    ck_assert_uint_eq(counters.failed, 1);
    ck_assert_uint_eq(counters.in_flight, 0);
    sim_close_and_end(c);
}
END_TEST

START_TEST(blocking_calls_wait_for_a_slot)
{
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 1);
    const boxd_call_options call = options(NULL, 1000);
    sim_record holder = {0}, first = {0}, second = {0};
    sim_submit(c, &holder, NULL);
    sim_submit_blocking(c, &first, &call);
    sim_submit_blocking(c, &second, NULL);
    sim_steps(c, 4);
    boxd_counters counters = BOXD_COUNTERS_INIT;
    core_count(&c->core, &counters);
    ck_assert_uint_eq(counters.waiting, 2);
    fake_now_ns += 2000 * NS_PER_MS;
    sim_steps(c, 4);
    sim_expect(&first, BOXD_ERR_TIMEOUT); /* on the loop, also with manual dispatch */
    ck_assert(first.outcome.retryable);
    ck_assert_int_eq(first.started, 0);
    sim_answer(&holder);
    sim_steps(c, 4);
    ck_assert_int_eq(holder.delivered, 0); /* no thread dispatches, and yet: */
    ck_assert_int_eq(second.started, 1);
    sim_answer(&second);
    sim_settle(c);
    sim_expect(&holder, BOXD_OK);
    sim_expect(&second, BOXD_OK);
    sim_close_and_end(c);
}
END_TEST

/* The slot is taken back before the waiting operation has run on the loop. */
START_TEST(a_slot_that_is_granted_before_the_start)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 1);
    sim_record holder = {0}, waiting = {0};
    sim_submit(c, &holder, NULL);
    sim_step(c);
    sim_answer(&holder);
    sim_step(c); /* finished, and not delivered yet */
    sim_submit_blocking(c, &waiting, NULL);
    sim_settle(c);
    sim_expect(&holder, BOXD_OK);
    ck_assert_int_eq(waiting.started, 1);
    sim_answer(&waiting);
    sim_settle(c);
    sim_expect(&waiting, BOXD_OK);
    sim_close_and_end(c);
}
END_TEST

static sim_record *next_record;

static void submit_next(sim_record *r)
{
    sim_submit(r->client, next_record, NULL);
}

START_TEST(a_callback_submits_the_next)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        sim_client *c = sim_open(modes[i], 1);
        sim_record next = {0}, first = {.on_delivered = submit_next};
        next_record = &next;
        sim_submit(c, &first, NULL);
        sim_settle(c);
        sim_answer(&first);
        sim_settle(c);
        sim_expect(&first, BOXD_OK);
        sim_answer(&next);
        sim_settle(c);
        sim_expect(&next, BOXD_OK);
        sim_close_and_end(c);
    }
}
END_TEST

/* ---- progress ---- */

static int seen, seen_at_end;

static void on_progress(void *data)
{
    const sim_record *r = data;
    ck_assert_int_eq(r->delivered, 0);
    ck_assert(thread_in_callback());
    seen++;
}

static void note_seen(sim_record *r)
{
    (void)r;
    seen_at_end = seen;
}

START_TEST(progress_comes_before_the_end)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        sim_client *c = sim_open(modes[i], 0);
        sim_record r = {.on_delivered = note_seen};
        seen = seen_at_end = 0;
        sim_submit(c, &r, NULL);
        sim_step(c);
        op_notify(&r.op->op, on_progress, &r);
        op_notify(&r.op->op, on_progress, &r);
        sim_settle(c);
        ck_assert_int_eq(seen, 1); /* merged */
        op_notify(&r.op->op, on_progress, &r);
        sim_finish(&r, NULL);
        sim_settle(c);
        sim_expect(&r, BOXD_OK);
        ck_assert_int_eq(seen_at_end, 2);
        ck_assert_int_eq(seen, 2);
        sim_close_and_end(c);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("op");
    unit_add(suite, success);
    unit_add(suite, an_earlier_error_is_the_outcome);
    unit_add(suite, cancelled_before_and_after_its_start);
    unit_add(suite, timed_out);
    unit_add(suite, a_close_ends_running_operations_and_refuses_others);
    unit_add(suite, async_calls_are_refused_without_a_slot);
    unit_add(suite, blocking_calls_wait_for_a_slot);
    unit_add(suite, a_slot_that_is_granted_before_the_start);
    unit_add(suite, a_callback_submits_the_next);
    unit_add(suite, progress_comes_before_the_end);
    return unit_run(suite);
}
