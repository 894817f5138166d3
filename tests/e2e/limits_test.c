/*
 * The limit of calls in flight: refused calls, waiting calls, and the notification of a free slot.
 */
#include "e2e.h"
#include "pending.h"

#include <boxd/aio.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static void open_limited(int i, int limit)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.max_calls_in_flight = limit;
    e2e_open(i, &options);
}

/* A call that the service does not answer, until its token is fired. */
typedef struct stuck {
    pending pending;
    boxd_call_options call;
} stuck;

static void get_stuck(stuck *s)
{
    *s = (stuck){.pending = PENDING_INIT, .call = BOXD_CALL_OPTIONS_INIT};
    s->call.cancel = boxd_cancel_token_new();
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    boxd_aio_compute_whoami(compute, &s->call, pending_identity, &s->pending);
    while (emulator_faults_left(&emulator) > 0) /* the emulator has the call */
        continue;
}

static void let_go(stuck *s)
{
    boxd_cancel_token_cancel(s->call.cancel);
    ck_assert_int_eq((int)pending_settle(&s->pending), (int)BOXD_ERR_CANCELLED);
    boxd_cancel_token_free(s->call.cancel);
}

static void expect_busy(pending *p)
{
    ck_assert_int_eq((int)pending_settle(p), (int)BOXD_ERR_BUSY);
    e2e_expect(&p->error, BOXD_ERR_BUSY, "2 calls are in flight");
    e2e_expect(&p->error, BOXD_ERR_BUSY, "boxd_aio_compute_wait_for_slot()");
    ck_assert_int_eq((int)p->error.sent, (int)BOXD_SENT_NO);
    ck_assert(p->error.retryable);
}

/* ---- async calls ---- */

START_TEST(refused)
{
    stuck in_flight[2];
    pending p = PENDING_INIT;
    open_limited(_i, 2);
    get_stuck(&in_flight[0]);
    get_stuck(&in_flight[1]);
    for (int i = 0; i < 3; i++) { /* a refused call is not in flight */
        pending next = PENDING_INIT;
        boxd_aio_compute_whoami(compute, NULL, pending_identity, &next);
        expect_busy(&next);
    }
    let_go(&in_flight[1]);
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    let_go(&in_flight[0]);
    e2e_close();
}
END_TEST

/* Each call is submitted by the callback of the previous one: the slot is free when the callback runs. */
typedef struct chain {
    pending pending;
    int left;
} chain;

static void on_link(boxd_identity *who, const boxd_error *error, void *data)
{
    chain *c = data;
    boxd_identity_free(who);
    if (who && --c->left > 0)
        boxd_aio_compute_whoami(compute, NULL, on_link, c);
    else
        pending_done(error ? error->status : BOXD_OK, error, &c->pending);
}

START_TEST(one_after_another)
{
    chain c = {.pending = PENDING_INIT, .left = 50};
    open_limited(_i, 1);
    boxd_aio_compute_whoami(compute, NULL, on_link, &c);
    ck_assert_int_eq((int)pending_settle(&c.pending), (int)BOXD_OK);
    e2e_close();
}
END_TEST

/* An operation made of several calls needs one slot, and so does a call on a box that is looked up first. */
START_TEST(parts_need_no_slot)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_limited(_i, 1);
    boxd_box *box =
        on->box_get_or_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = "limits"), NULL, &error);
    e2e_ok(box, error);
    boxd_box *named = boxd_box_from_name(compute, "limits", &error);
    boxd_exec_result *result = on->box_exec_shell(named, "echo x; echo y >&2", NULL, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    e2e_ok(on->box_wait_until_ready(box, NULL, &error) == BOXD_OK, error);
    boxd_box_free(named);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* An open command is a call in flight; operations on it are not. */
START_TEST(streams)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    pending beyond = PENDING_INIT, slot = PENDING_INIT, p = PENDING_INIT;
    open_limited(_i, 1);
    boxd_box *box = e2e_box();
    boxd_process *process = on->box_exec_stream(box, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(process, error);
    boxd_aio_box_exec_stream(box, BOXD_ARGV("true"), NULL, pending_process, &beyond);
    ck_assert_int_eq((int)pending_settle(&beyond), (int)BOXD_ERR_BUSY);
    boxd_aio_compute_wait_for_slot(compute, NULL, pending_done, &slot);
    e2e_ok(on->process_write(process, "x", 1, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->process_read(process, NULL, &chunk, &error), (int)BOXD_READ_DATA);
    boxd_chunk_free(chunk);
    e2e_ok(on->process_write_eof(process, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->process_wait(process, NULL, NULL, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)pending_settle(&slot), (int)BOXD_OK);
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    boxd_process_free(process);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- waiting for a slot ---- */

START_TEST(no_limit)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    e2e_ok(on->compute_wait_for_slot(compute, NULL, &error) == BOXD_OK, error);
    e2e_close();
}
END_TEST

/* The callback of the first takes the free slot; the second is notified when that slot is free again. */
typedef struct taker {
    pending asked, took;
    int *turn, at;
} taker;

static void take_slot(boxd_status status, const boxd_error *error, void *data)
{
    taker *t = data;
    t->at = (*t->turn)++;
    if (status == BOXD_OK)
        boxd_aio_compute_whoami(compute, NULL, pending_identity, &t->took);
    pending_done(status, error, &t->asked);
}

START_TEST(notified_in_turn)
{
    enum { TAKERS = 10 };
    stuck in_flight;
    taker takers[TAKERS];
    int turn = 0;
    open_limited(_i, 1);
    get_stuck(&in_flight);
    for (int i = 0; i < TAKERS; i++) {
        takers[i] = (taker){.asked = PENDING_INIT, .took = PENDING_INIT, .turn = &turn};
        boxd_aio_compute_wait_for_slot(compute, NULL, take_slot, &takers[i]);
    }
    let_go(&in_flight);
    for (int i = 0; i < TAKERS; i++) {
        ck_assert_int_eq((int)pending_settle(&takers[i].asked), (int)BOXD_OK);
        ck_assert_int_eq((int)pending_settle(&takers[i].took), (int)BOXD_OK);
        ck_assert_int_eq(takers[i].at, i);
    }
    e2e_close();
}
END_TEST

/* The next watcher is notified only after the callback of the first one. */
START_TEST(notified_once)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    taker takers[2];
    int turn = 0;
    open_limited(_i, 1);
    for (size_t i = 0; i < COUNT(takers); i++) {
        takers[i] = (taker){.asked = PENDING_INIT, .took = PENDING_INIT, .turn = &turn};
        boxd_aio_compute_wait_for_slot(compute, NULL, take_slot, &takers[i]);
        while (counters.ready == 0)
            boxd_compute_get_counters(compute, &counters);
    }
    boxd_identity *who = boxd_compute_whoami(
        compute, NULL, &error); /* after the first callback, the second one was requested */
    e2e_ok(who, error);
    boxd_identity_free(who);
    for (size_t i = 0; i < COUNT(takers); i++) {
        ck_assert_int_eq((int)pending_settle(&takers[i].asked), (int)BOXD_OK);
        ck_assert_int_eq((int)pending_settle(&takers[i].took), (int)BOXD_OK);
    }
    e2e_close();
}
END_TEST

/* The first callback takes no slot: the others are notified as well. */
START_TEST(notified_of_remaining_slots)
{
    stuck in_flight;
    pending asked[3] = {PENDING_INIT, PENDING_INIT, PENDING_INIT};
    open_limited(_i, 1);
    get_stuck(&in_flight);
    for (size_t i = 0; i < COUNT(asked); i++)
        boxd_aio_compute_wait_for_slot(compute, NULL, pending_done, &asked[i]);
    let_go(&in_flight);
    for (size_t i = 0; i < COUNT(asked); i++)
        ck_assert_int_eq((int)pending_settle(&asked[i]), (int)BOXD_OK);
    e2e_close();
}
END_TEST

START_TEST(waits_end)
{
    stuck in_flight;
    pending cancelled = PENDING_INIT, late = PENDING_INIT, closed = PENDING_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    open_limited(_i, 1);
    get_stuck(&in_flight);
    call.cancel = boxd_cancel_token_new();
    boxd_aio_compute_wait_for_slot(compute, &call, pending_done, &cancelled);
    boxd_aio_compute_wait_for_slot(compute, BOXD_OPTIONS(boxd_call_options, .timeout_ms = 20), pending_done,
                                   &late);
    boxd_aio_compute_wait_for_slot(compute, NULL, pending_done, &closed);
    boxd_cancel_token_cancel(call.cancel);
    boxd_cancel_token_free(call.cancel);
    ck_assert_int_eq((int)pending_settle(&cancelled), (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)pending_settle(&late), (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&late.error, BOXD_ERR_TIMEOUT,
               "no slot was free within 20 ms: all max_calls_in_flight calls were in flight");
    ck_assert_int_eq(atomic_load(&closed.calls), 0);
    let_go(&in_flight);
    ck_assert_int_eq((int)pending_settle(&closed), (int)BOXD_OK); /* the others did not delay the call */

    closed = (pending)PENDING_INIT;
    get_stuck(&in_flight);
    boxd_aio_compute_wait_for_slot(compute, NULL, pending_done, &closed);
    e2e_close();
    ck_assert_int_eq((int)closed.error.status, (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)in_flight.pending.error.status, (int)BOXD_ERR_CLOSED);
    boxd_cancel_token_free(in_flight.call.cancel);
}
END_TEST

/* ---- blocking calls ---- */

typedef struct blocked {
    pthread_t thread;
    boxd_call_options call;
    boxd_error error;
    boxd_status status;
} blocked;

static void *block(void *data)
{
    blocked *b = data;
    boxd_identity *who = boxd_compute_whoami(compute, &b->call, &b->error);
    b->status = b->error.status;
    boxd_identity_free(who);
    return NULL;
}

static void start_blocked(blocked *b, int64_t timeout_ms)
{
    *b = (blocked){.call = BOXD_CALL_OPTIONS_INIT, .error = BOXD_ERROR_INIT};
    b->call.timeout_ms = timeout_ms;
    b->call.cancel = boxd_cancel_token_new();
    pthread_create(&b->thread, NULL, block, b);
}

static boxd_status end_blocked(blocked *b)
{
    pthread_join(b->thread, NULL);
    boxd_cancel_token_free(b->call.cancel);
    return b->status;
}

START_TEST(blocking_calls_wait)
{
    stuck in_flight;
    blocked waiting[4];
    open_limited(_i, 1);
    get_stuck(&in_flight);
    for (size_t i = 0; i < COUNT(waiting); i++)
        start_blocked(&waiting[i], 0);
    let_go(&in_flight);
    for (size_t i = 0; i < COUNT(waiting); i++)
        ck_assert_int_eq((int)end_blocked(&waiting[i]), (int)BOXD_OK);
    e2e_close();
}
END_TEST

START_TEST(blocking_calls_give_up)
{
    stuck in_flight;
    blocked late, cancelled;
    open_limited(_i, 1);
    get_stuck(&in_flight);
    start_blocked(&late, 30);
    start_blocked(&cancelled, 0);
    boxd_cancel_token_cancel(cancelled.call.cancel);
    ck_assert_int_eq((int)end_blocked(&late), (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&late.error, BOXD_ERR_TIMEOUT, "waited for a slot");
    ck_assert_int_eq((int)late.error.sent, (int)BOXD_SENT_NO);
    ck_assert(late.error.retryable);
    ck_assert_int_eq((int)end_blocked(&cancelled), (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)cancelled.error.sent, (int)BOXD_SENT_NO);
    let_go(&in_flight);
    pending p = PENDING_INIT; /* their slot was released */
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    e2e_close();
}
END_TEST

/* Blocks the core thread. */
typedef struct held {
    pending pending;
    sem_t reached, go_on;
} held;

static void hold(boxd_identity *who, const boxd_error *error, void *data)
{
    held *h = data;
    sem_post(&h->reached);
    sem_wait(&h->go_on);
    pending_identity(who, error, &h->pending);
}

typedef struct firing {
    pending pending;
    boxd_cancel_token *token;
} firing;

static void fire(boxd_identity *who, const boxd_error *error, void *data)
{
    firing *f = data;
    boxd_cancel_token_cancel(f->token);
    pending_identity(who, error, &f->pending);
}

/* A blocking call is cancelled at the moment in which it gets a slot: the slot is not lost. The order: the
 * callback that cancels the call, the end of the calls in flight, the cancel, and only then its start. */
START_TEST(blocking_calls_release_their_slot)
{
    boxd_call_options bad = BOXD_CALL_OPTIONS_INIT;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    stuck in_flight = {.pending = PENDING_INIT, .call = BOXD_CALL_OPTIONS_INIT};
    held h = {.pending = PENDING_INIT};
    firing f = {.pending = PENDING_INIT};
    pending slot = PENDING_INIT;
    blocked waiting;
    bad.timeout_ms = -5; /* invalid: the core thread ends the call */
    open_limited(_i, 1);
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"hang\":true,\"count\":1}");
    in_flight.call.cancel = boxd_cancel_token_new();
    boxd_aio_compute_whoami(compute, &in_flight.call, pending_identity, &in_flight.pending);
    while (emulator_faults_left(&emulator) > 0) /* otherwise the fault would hit the next test */
        continue;
    start_blocked(&waiting, BOXD_NO_TIMEOUT);
    while (counters.waiting == 0)
        boxd_compute_get_counters(compute, &counters);
    sem_init(&h.reached, 0, 0);
    sem_init(&h.go_on, 0, 0);
    boxd_aio_compute_whoami(compute, &bad, hold, &h);
    sem_wait(&h.reached);
    f.token = waiting.call.cancel;
    boxd_aio_compute_whoami(compute, &bad, fire, &f);
    boxd_cancel_token_cancel(in_flight.call.cancel);
    sem_post(&h.go_on);
    ck_assert_int_eq((int)end_blocked(&waiting), (int)BOXD_ERR_CANCELLED);
    e2e_expect(&waiting.error, BOXD_ERR_CANCELLED, "waited for a slot");
    boxd_aio_compute_wait_for_slot(compute, NULL, pending_done, &slot);
    ck_assert_int_eq((int)pending_settle(&slot), (int)BOXD_OK);
    boxd_compute_get_counters(compute, &counters);
    ck_assert_uint_eq(counters.in_flight, 0);
    e2e_close();
    boxd_cancel_token_free(in_flight.call.cancel);
}
END_TEST

START_TEST(blocking_calls_are_closed)
{
    stuck in_flight;
    blocked waiting;
    open_limited(_i, 1);
    get_stuck(&in_flight);
    start_blocked(&waiting, BOXD_NO_TIMEOUT);
    boxd_compute *kept = boxd_compute_ref(compute);
    e2e_close();
    ck_assert_int_eq((int)end_blocked(&waiting), (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)waiting.error.sent, (int)BOXD_SENT_NO);
    boxd_cancel_token_free(in_flight.call.cancel);
    boxd_compute_close(kept);
}
END_TEST

/* Callbacks that submit the next call at once do not starve a blocking call. */
typedef struct endless {
    pending pending;
    atomic_bool stop;
} endless;

static void on_free_slot(boxd_status status, const boxd_error *error, void *data);

static void on_endless(boxd_identity *who, const boxd_error *error, void *data)
{
    endless *e = data;
    boxd_identity_free(who);
    if (atomic_load(&e->stop))
        pending_done(BOXD_OK, NULL, &e->pending);
    else if (error && error->status == BOXD_ERR_BUSY)
        boxd_aio_compute_wait_for_slot(compute, NULL, on_free_slot, e);
    else
        boxd_aio_compute_whoami(compute, NULL, on_endless, e);
}

static void on_free_slot(boxd_status status, const boxd_error *error, void *data)
{
    (void)status;
    on_endless(NULL, error, data);
}

START_TEST(blocking_calls_are_not_starved)
{
    endless e = {.pending = PENDING_INIT};
    blocked waiting;
    open_limited(_i, 1);
    boxd_aio_compute_whoami(compute, NULL, on_endless, &e);
    for (int i = 0; i < 20; i++) {
        start_blocked(&waiting, BOXD_NO_TIMEOUT);
        ck_assert_int_eq((int)end_blocked(&waiting), (int)BOXD_OK);
    }
    atomic_store(&e.stop, true);
    ck_assert_int_eq((int)pending_settle(&e.pending), (int)BOXD_OK);
    e2e_close();
}
END_TEST

/* The thread of a loop that makes a blocking call cannot dispatch: calls that wait for their dispatch do not
 * keep the blocking call from a slot. */
START_TEST(blocking_between_dispatches)
{
    boxd_error error = BOXD_ERROR_INIT;
    pending p = PENDING_INIT;
    open_limited(_i, 1);
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    boxd_identity *who = boxd_compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    e2e_close();
}
END_TEST

START_TEST(bad_limit)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.max_calls_in_flight = -1;
    ck_assert_ptr_null(boxd_compute_open(&options, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "max_calls_in_flight is -1");
}
END_TEST

/* The close continues: its reference is released. */
static const char *const blocking[] = {"boxd_compute_wait_for_slot", "boxd_compute_close"};

static void block_inside(boxd_identity *who, const boxd_error *error, void *data)
{
    boxd_error refused_here = BOXD_ERROR_INIT;
    e2e_ok(who, *error);
    boxd_identity_free(who);
    boxd_compute_wait_for_slot(compute, NULL, &refused_here);
    e2e_would_deadlock(&refused_here, blocking[0]);
    ck_assert_int_eq((int)boxd_compute_close(boxd_compute_ref(compute)), (int)BOXD_ERR_WOULD_DEADLOCK);
    pending_done(BOXD_OK, NULL, data);
}

START_TEST(would_deadlock)
{
    pending p = PENDING_INIT;
    e2e_open(_i, NULL);
    boxd_aio_compute_whoami(compute, NULL, block_inside, &p);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_OK);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    if (e2e_list_blocking(argc, argv, blocking, COUNT(blocking)))
        return 0;
    Suite *suite = suite_create("limits");
    e2e_add(suite, refused);
    e2e_add(suite, one_after_another);
    e2e_add(suite, parts_need_no_slot);
    e2e_add(suite, streams);
    e2e_add(suite, no_limit);
    e2e_add(suite, notified_in_turn);
    e2e_add_manual(suite, notified_once);
    e2e_add(suite, notified_of_remaining_slots);
    e2e_add(suite, waits_end);
    e2e_add(suite, blocking_calls_wait);
    e2e_add(suite, blocking_calls_give_up);
    e2e_add_once(suite, blocking_calls_release_their_slot);
    e2e_add(suite, blocking_calls_are_closed);
    e2e_add(suite, blocking_calls_are_not_starved);
    e2e_add(suite, blocking_between_dispatches);
    e2e_add(suite, would_deadlock);
    e2e_add_once(suite, bad_limit);
    return e2e_main(suite, NULL);
}
