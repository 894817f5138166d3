/* A client and its operations: references and closes, dispatch, an attached event loop, waiting for a slot.
 */
#include "sim.h"

static void on_detach(void *data)
{
    ++*(int *)data;
}

START_TEST(the_last_reference_closes_or_any_other)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    ck_assert(core_add_user(&c->core));
    core_close(&c->core, sim_on_closed, NULL); /* the first close ends the client for all */
    sim_settle(c);
    ck_assert(c->loop_ended);
    ck_assert_int_eq(sim.closed, 1);
    core_close(&c->core, sim_on_closed, NULL); /* the client has ended */
    ck_assert_int_eq(sim.closed, 2);
    core_close(&c->core, sim_on_closed, NULL); /* one close too many */
    ck_assert_int_eq(sim.closed, 3);
    sim_end(c);
}
END_TEST

START_TEST(extra_closes_wait_for_the_same_end)
{
    for (int mode = 0; mode < 2; mode++) {
        sim_client *c = sim_open(mode ? BOXD_DISPATCH_MANUAL : BOXD_DISPATCH_CORE_THREAD, 0);
        sim_record r = {0};
        sim_submit(c, &r, NULL);
        sim_settle(c);
        for (int i = 0; i < 3; i++)
            core_close(&c->core, sim_on_closed, NULL);
        sim_settle(c);
        ck_assert_int_eq(sim.closed, 0);
        sim_answer(&r); /* its stop is slow */
        sim_settle(c);
        ck_assert_int_eq(sim.closed, 3);
        sim_expect(&r, BOXD_ERR_CLOSED);
        sim_end(c);
    }
}
END_TEST

START_TEST(without_memory_an_extra_close_calls_back_early)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    mem_fail_after(0);
    ck_assert(!core_add_user(&c->core));
    core_close(&c->core, sim_on_closed, NULL); /* needs no memory */
    ck_assert_int_eq(sim.closed, 0);
    core_close(&c->core, sim_on_closed, NULL);
    ck_assert_int_eq(sim.closed, 1);
    mem_fail_after(-1);
    sim_end(c);
    ck_assert_int_eq(sim.closed, 2);
}
END_TEST

START_TEST(no_memory_for_the_start)
{
    static const core_hooks hooks = {sim_wind_down, sim_destroy};
    const core_settings settings = {.thread_name = "sim", .dispatch = BOXD_DISPATCH_MANUAL};
    const loop_poller poller = {.wait = sim_wait, .wake = fake_wake, .stepped = true};
    boxd_error error = BOXD_ERROR_INIT;
    core c = {0};
    mem_fail_after(0);
    ck_assert_int_eq((int)core_start(&c, &settings, poller, &hooks, &error), (int)BOXD_ERR_NO_MEMORY);
    mem_fail_after(-1);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_NO_MEMORY);
}
END_TEST

START_TEST(dispatch_runs_no_more_than_asked_for)
{
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 0);
    sim_record all[5] = {{0}, {0}, {0}, {0}, {0}};
    for (size_t i = 0; i < COUNT(all); i++)
        sim_submit(c, &all[i], NULL);
    sim_step(c);
    for (size_t i = 0; i < COUNT(all); i++)
        sim_answer(&all[i]);
    sim_steps(c, 2);
    boxd_counters counters = BOXD_COUNTERS_INIT;
    core_count(&c->core, &counters);
    ck_assert_uint_eq(counters.ready, 5);
    ck_assert_uint_eq(core_dispatch(&c->core, 2), 2);
    ck_assert_uint_eq(core_dispatch(&c->core, 0), 3);
    ck_assert_uint_eq(core_dispatch(&c->core, 0), 0);
    for (size_t i = 0; i < COUNT(all); i++)
        sim_expect(&all[i], BOXD_OK);
    sim_close_and_end(c);
}
END_TEST

/* A client that no thread dispatches any more runs its callbacks on the loop. */
START_TEST(no_thread_dispatches_after_the_close)
{
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 0);
    sim_record waits = {0}, running = {.stops_at_once = true};
    sim_submit(c, &waits, NULL);
    sim_step(c);
    sim_answer(&waits);
    sim_submit(c, &running, NULL);
    sim_steps(c, 3);
    ck_assert_int_eq(waits.delivered, 0);
    core_close(&c->core, NULL, NULL);
    sim_steps(c, 8);
    sim_expect(&waits, BOXD_OK);
    sim_expect(&running, BOXD_ERR_CLOSED);
    ck_assert(c->loop_ended);
    sim_end(c);
}
END_TEST

START_TEST(an_attached_loop_is_detached_once)
{
    int detached = 0;
    boxd_error error = BOXD_ERROR_INIT;
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 0);
    ck_assert_int_eq((int)core_attach(&c->core, on_detach, &detached, &error), (int)BOXD_OK);
    ck_assert_int_eq((int)core_attach(&c->core, on_detach, &detached, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    core_detach(&c->core);
    core_detach(&c->core);
    ck_assert_int_eq(detached, 1);
    ck_assert_int_eq((int)core_attach(&c->core, on_detach, &detached, &error), (int)BOXD_OK);
    sim_close_and_end(c); /* its last callback has run */
    ck_assert_int_eq(detached, 2);

    c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    ck_assert_int_eq((int)core_attach(&c->core, on_detach, &detached, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)core_attach(NULL, on_detach, &detached, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    sim_close_and_end(c);
}
END_TEST

static void detach_client(sim_record *r)
{
    core_detach(&r->client->core);
}

START_TEST(a_callback_that_detaches_ends_the_pass)
{
    int detached = 0;
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 0);
    sim_record first = {.on_delivered = detach_client}, second = {0};
    ck_assert_int_eq((int)core_attach(&c->core, on_detach, &detached, NULL), (int)BOXD_OK);
    sim_submit(c, &first, NULL);
    sim_submit(c, &second, NULL);
    sim_step(c);
    sim_answer(&first);
    sim_answer(&second);
    sim_steps(c, 2);
    ck_assert_uint_eq(core_dispatch(&c->core, 0), 1);
    ck_assert_int_eq(detached, 1);
    ck_assert_uint_eq(core_dispatch(&c->core, 0), 1);
    sim_expect(&second, BOXD_OK);
    sim_close_and_end(c);
}
END_TEST

/* ---- waiting for a slot ---- */

/* An operation that waits for a slot instead of for the network. */
static void wait_start(op *o)
{
    sim_op_start(o);
    op_wait_for_slot(o);
}

static void wait_stop(op *o)
{
    op_stop_waiting_for_slot(o);
    op_finish(o, &o->error);
}

static void submit_watcher(sim_client *c, sim_record *r, const boxd_call_options *call)
{
    static const op_class class = {wait_start, wait_stop, sim_op_deliver, sim_op_destroy};
    op *o = sim_op_new(c, r, call);
    o->class = &class;
    op_drop_slot(o);
    op_submit(o);
}

START_TEST(watchers_are_notified_in_turn)
{
    for (int mode = 0; mode < 2; mode++) {
        sim_client *c = sim_open(mode ? BOXD_DISPATCH_MANUAL : BOXD_DISPATCH_CORE_THREAD, 1);
        boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
        sim_record holder = {0}, first = {0}, second = {0}, late = {0};
        call.timeout_ms = 1000;
        sim_submit(c, &holder, NULL);
        submit_watcher(c, &first, NULL);
        submit_watcher(c, &late, &call);
        submit_watcher(c, &second, NULL);
        sim_settle(c);
        fake_now_ns += 2000 * NS_PER_MS;
        sim_settle(c);
        sim_expect(&late, BOXD_ERR_TIMEOUT);
        ck_assert_int_eq(first.delivered, 0);
        sim_answer(&holder);
        sim_settle(c);
        sim_expect(&first, BOXD_OK);
        sim_expect(&second, BOXD_OK);
        sim_close_and_end(c);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core");
    unit_add(suite, the_last_reference_closes_or_any_other);
    unit_add(suite, extra_closes_wait_for_the_same_end);
    unit_add(suite, without_memory_an_extra_close_calls_back_early);
    unit_add(suite, no_memory_for_the_start);
    unit_add(suite, dispatch_runs_no_more_than_asked_for);
    unit_add(suite, no_thread_dispatches_after_the_close);
    unit_add(suite, an_attached_loop_is_detached_once);
    unit_add(suite, a_callback_that_detaches_ends_the_pass);
    unit_add(suite, watchers_are_notified_in_turn);
    return unit_run(suite);
}
