/* Every order of an operation's answer, its cancel, its deadline, a close and dispatch, and of the turns of
 * the loop between them: each operation ends exactly once, before its client does. */
#include "sim.h"

#include <stdio.h>

/* Actions that happen once, and turns of the loop. */
typedef enum { ANSWER, CANCEL, DEADLINE, CLOSE, DISPATCH, ACTIONS } action;

#ifdef __SANITIZE_THREAD__ /* each run takes ten times as long with these */
enum { TURNS = 1 };
#else
enum { TURNS = 2 };
#endif

enum { TIMEOUT_MS = 1000 };

typedef struct setting {
    boxd_dispatch_mode dispatch;
    bool stops_at_once;
    /* The operation is a blocking call that waits for the slot of another one. */
    bool queued;
    bool close_has_callback;
} setting;

typedef struct run {
    const setting *setting;
    sim_client *client;
    boxd_cancel_token *token;
    sim_record record, holder;
    /* The first of the actions that end the operation; ACTIONS: none yet. */
    action first;
} run;

static void act(run *r, action what)
{
    switch (what) {
    case ANSWER:
        sim_answer(&r->holder);
        sim_answer(&r->record);
        break;
    case CANCEL:
        boxd_cancel_token_cancel(r->token);
        break;
    case DEADLINE:
        fake_now_ns += INT64_C(2) * TIMEOUT_MS * NS_PER_MS;
        break;
    case CLOSE:
        core_close(&r->client->core, r->setting->close_has_callback ? sim_on_closed : NULL, NULL);
        break;
    default:
        core_dispatch(&r->client->core, 0);
    }
    if (what != DISPATCH && r->first == ACTIONS)
        r->first = what;
}

static void submit(run *r)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = TIMEOUT_MS;
    call.cancel = r->token;
    if (r->setting->queued) {
        sim_submit(r->client, &r->holder, NULL);
        sim_submit_blocking(r->client, &r->record, &call);
    } else {
        sim_submit(r->client, &r->record, &call);
    }
}

/* If each action was followed by turns of the loop, the first one ended the operation. Otherwise any of them
 * may have. */
static void check_outcome(const run *r, bool settled)
{
    static const boxd_status ends[] = {BOXD_OK, BOXD_ERR_CANCELLED, BOXD_ERR_TIMEOUT, BOXD_ERR_CLOSED};
    const boxd_status status = r->record.outcome.status;
    bool known = false;
    ck_assert_int_eq(r->record.delivered, 1);
    ck_assert_int_eq(r->record.destroyed, 1);
    ck_assert_int_eq(r->record.finished, r->record.started);
    for (size_t i = 0; i < COUNT(ends); i++)
        known |= status == ends[i];
    ck_assert_msg(known, "ended in %s: %s", boxd_status_name(status), r->record.outcome.message);
    if (settled && !r->setting->queued)
        ck_assert_int_eq((int)status, (int)ends[r->first]);
    if (r->setting->queued) {
        ck_assert_int_eq(r->holder.delivered, 1);
        ck_assert_int_eq(r->holder.destroyed, 1);
    }
}

/* Runs one order. `settles`: the loop runs until it is idle after each action. */
static void run_order(const setting *how, sim_choices *choices, bool settles)
{
    run r = {.setting = how,
             .client = sim_open(how->dispatch, how->queued),
             .token = boxd_cancel_token_new(),
             .record.stops_at_once = how->stops_at_once,
             .holder.stops_at_once = how->stops_at_once,
             .first = ACTIONS};
    action left[ACTIONS] = {ANSWER, CANCEL, DEADLINE, CLOSE, DISPATCH};
    size_t count = ACTIONS, turns = settles ? 0 : TURNS;
    submit(&r);
    if (settles)
        sim_settle(r.client);
    while (count > 0) {
        const size_t i = sim_choose(choices, count + (turns > 0));
        if (i == count) {
            turns--;
            sim_step(r.client);
            continue;
        }
        const action what = left[i];
        for (size_t next = i + 1; next < count; next++)
            left[next - 1] = left[next];
        count--;
        act(&r, what);
        if (settles)
            sim_settle(r.client);
    }
    sim_steps(r.client, 3);
    sim_answer(&r.record); /* an operation that stops slowly */
    sim_answer(&r.holder);
    sim_steps(r.client, 3);
    sim_answer(&r.record); /* an operation that has got its slot since then */
    sim_end(r.client);
    boxd_cancel_token_free(r.token);
    ck_assert_int_eq(sim.closed, how->close_has_callback);
    check_outcome(&r, settles);
}

static setting setting_of(int number)
{
    return (setting){.dispatch = number & 1 ? BOXD_DISPATCH_MANUAL : BOXD_DISPATCH_CORE_THREAD,
                     .stops_at_once = number & 2,
                     .queued = number & 4,
                     .close_has_callback = number & 8};
}

enum { SETTINGS = 16 };

START_TEST(every_order_with_a_settled_loop)
{
    for (int i = 0; i < SETTINGS; i++) {
        const setting how = setting_of(i);
        sim_choices choices = {0};
        int runs = 0;
        do
            run_order(&how, &choices, true), runs++;
        while (sim_next_run(&choices));
        ck_assert_int_eq(runs, 120); /* 5! */
    }
}
END_TEST

START_TEST(every_order_with_turns_of_the_loop_between)
{
    for (int i = 0; i < SETTINGS; i++) {
        const setting how = setting_of(i);
        sim_choices choices = {0};
        int runs = 0;
        do
            run_order(&how, &choices, false), runs++;
        while (sim_next_run(&choices));
        ck_assert_int_gt(runs, TURNS > 1 ? 2000 : 500);
    }
}
END_TEST

/* The same with orders from a seed, for simulations that are too large for all orders. */
START_TEST(orders_by_seed)
{
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        const setting how = setting_of((int)(seed % SETTINGS));
        sim_choices choices = {.seed = seed};
        run_order(&how, &choices, false);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("orders");
    unit_add(suite, every_order_with_a_settled_loop);
    unit_add(suite, every_order_with_turns_of_the_loop_between);
    unit_add(suite, orders_by_seed);
    return unit_run(suite);
}
