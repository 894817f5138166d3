/*
 * sim.h: a client without a network, whose loop, clock and events a test controls, on one thread. For
 * programs of one source file, as fake_loop.h.
 *
 * The order of events is a sequence of choices. A test writes a run that asks sim_choose() for the next
 * action, and repeats it with sim_next_run(): either through all orders, or with orders from a seed; a
 * failure is repeated by its seed.
 */
#ifndef SIM_H
#define SIM_H

#include "core/op.h"
#include "fake_loop.h"
#include "mem.h"

/* ---- choices ---- */

enum { SIM_MAX_CHOICES = 64 };

typedef struct sim_choices {
    /* 0: all orders, one after another; otherwise the state of the random generator. */
    uint64_t seed;
    size_t depth, known;
    /* The choices of this run, and the number of alternatives of each. */
    size_t chosen[SIM_MAX_CHOICES], count[SIM_MAX_CHOICES];
} sim_choices;

/* Chooses one of 0 .. count - 1. */
static inline size_t sim_choose(sim_choices *c, size_t count)
{
    ck_assert_uint_gt(count, 0);
    if (c->seed) {
        c->seed = c->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (size_t)(c->seed >> 33) % count;
    }
    ck_assert_uint_lt(c->depth, SIM_MAX_CHOICES);
    if (c->depth == c->known)
        c->chosen[c->known++] = 0;
    c->count[c->depth] = count;
    return c->chosen[c->depth++];
}

/* Prepares the next of all orders. False: there is none. */
static inline bool sim_next_run(sim_choices *c)
{
    c->depth = 0;
    while (c->known > 0 && c->chosen[c->known - 1] + 1 == c->count[c->known - 1])
        c->known--;
    if (c->known == 0)
        return false;
    c->chosen[c->known - 1]++;
    return true;
}

/* ---- the client ---- */

typedef struct sim_client {
    core core;
    /* Events of the network: the next wait of the loop handles them. */
    linked_list events;
    bool loop_ended;
} sim_client;

/* The counters of the tests; they outlive the client. */
static struct {
    int wound_down, destroyed, closed;
} sim;

/* An event of the network. */
typedef struct sim_event {
    list_node node;
    void (*run)(struct sim_event *event);
} sim_event;

static inline void sim_wait(void *state, int64_t deadline_ns)
{
    sim_client *c = state;
    list_node *node;
    (void)deadline_ns;
    while ((node = list_pop(&c->events))) {
        sim_event *event = CONTAINER_OF(node, sim_event, node);
        event->run(event);
    }
}

static inline void sim_wind_down(core *base)
{
    (void)base;
    sim.wound_down++;
}

static inline void sim_destroy(core *base)
{
    sim.destroyed++;
    mem_free(CONTAINER_OF(base, sim_client, core));
}

/* Opens a client. The test also has an internal reference, and may use the client until sim_end(). */
static inline sim_client *sim_open(boxd_dispatch_mode dispatch, size_t max_in_flight)
{
    static const core_hooks hooks = {sim_wind_down, sim_destroy};
    const core_settings settings = {.thread_name = "sim",
                                    .opener = "sim_open",
                                    .detacher = "sim_detach",
                                    .dispatch = dispatch,
                                    .max_in_flight = max_in_flight};
    boxd_error error = BOXD_ERROR_INIT;
    sim_client *c = mem_calloc(1, sizeof *c);
    ck_assert_ptr_nonnull(c);
    sim.wound_down = sim.destroyed = sim.closed = 0;
    const loop_poller poller = {.wait = sim_wait, .wake = fake_wake, .state = c, .stepped = true};
    ck_assert_int_eq((int)core_start(&c->core, &settings, poller, &hooks, &error), (int)BOXD_OK);
    core_ref(&c->core);
    return c;
}

/* One turn of the loop, unless it has ended. */
static inline void sim_step(sim_client *c)
{
    if (!c->loop_ended)
        c->loop_ended = !loop_step(&c->core.loop);
}

static inline void sim_steps(sim_client *c, int count)
{
    while (count-- > 0)
        sim_step(c);
}

/* Runs the loop and dispatches until nothing is left to do. */
static inline void sim_settle(sim_client *c)
{
    enum { ENOUGH = 12 };
    for (int i = 0; i < ENOUGH; i++) {
        sim_step(c);
        core_dispatch(&c->core, 0);
    }
}

static inline void sim_on_closed(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)user_data;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    ck_assert_ptr_null(error);
    sim.closed++;
}

/* Ends a client that was closed, and checks that nothing is left. */
static inline void sim_end(sim_client *c)
{
    sim_settle(c);
    boxd_counters counters = BOXD_COUNTERS_INIT;
    core_count(&c->core, &counters);
    ck_assert_msg(c->loop_ended, "the loop goes on");
    ck_assert_uint_eq(counters.in_flight, 0);
    ck_assert_uint_eq(counters.waiting, 0);
    ck_assert_uint_eq(counters.ready, 0);
    ck_assert_uint_eq(counters.calls, counters.succeeded + counters.failed);
    ck_assert_uint_eq(c->core.synced_data.admission.completed, 0);
    ck_assert_int_eq(sim.wound_down, 1);
    ck_assert_int_eq(sim.destroyed, 0);
    core_unref(&c->core);
    ck_assert_int_eq(sim.destroyed, 1);
}

static inline void sim_close_and_end(sim_client *c)
{
    core_close(&c->core, sim_on_closed, NULL);
    sim_end(c);
    ck_assert_int_eq(sim.closed, 1);
}

/* ---- operations ---- */

struct sim_op;

/* The outcome of an operation; outlives the operation. */
typedef struct sim_record {
    /* NULL once the operation is freed. */
    struct sim_op *op;
    sim_client *client;
    /* Called by deliver(); or NULL. */
    void (*on_delivered)(struct sim_record *r);
    sim_event arrival;
    boxd_error outcome;
    int started, stopped, finished, delivered, destroyed, notified;
    /* stop() finishes the operation at once; otherwise the next event of the network does. */
    bool stops_at_once;
    bool arrived;
} sim_record;

typedef struct sim_op {
    op op;
    sim_record *record;
} sim_op;

static inline sim_record *sim_record_of(op *o)
{
    return CONTAINER_OF(o, sim_op, op)->record;
}

static inline void sim_op_start(op *o)
{
    const slot_state state = o->slot.state;
    ck_assert_msg(state == SLOT_HELD || state == SLOT_NONE, "started without a slot");
    ck_assert_int_eq(++sim_record_of(o)->started, 1);
}

static inline void sim_finish(sim_record *r, const boxd_error *error)
{
    ck_assert_int_eq(++r->finished, 1);
    op_finish(&r->op->op, error);
}

static inline void sim_op_stop(op *o)
{
    sim_record *r = sim_record_of(o);
    ck_assert_int_eq(++r->stopped, 1);
    if (r->stops_at_once)
        sim_finish(r, &o->error);
}

static inline void sim_op_deliver(op *o)
{
    sim_record *r = sim_record_of(o);
    ck_assert_int_eq(++r->delivered, 1);
    ck_assert_int_eq(sim.closed, 0);
    ck_assert(thread_in_callback());
    r->outcome = o->error;
    if (r->on_delivered)
        r->on_delivered(r);
}

static inline void sim_op_destroy(op *o)
{
    sim_record *r = sim_record_of(o);
    ck_assert_int_eq(++r->destroyed, 1);
    r->op = NULL;
    mem_free(CONTAINER_OF(o, sim_op, op));
}

/* Makes an operation, to be submitted; `r` is zeroed except for members that the test sets. */
static inline op *sim_op_new(sim_client *c, sim_record *r, const boxd_call_options *call)
{
    static const op_class class = {sim_op_start, sim_op_stop, sim_op_deliver, sim_op_destroy};
    r->op = mem_calloc(1, sizeof *r->op);
    ck_assert_ptr_nonnull(r->op);
    r->client = c;
    r->op->record = r;
    r->outcome = (boxd_error)BOXD_ERROR_INIT;
    r->op->op.error = (boxd_error)BOXD_ERROR_INIT;
    op_init(&r->op->op, &class, &c->core, call, BOXD_NO_TIMEOUT);
    return &r->op->op;
}

static inline void sim_submit(sim_client *c, sim_record *r, const boxd_call_options *call)
{
    op_submit(sim_op_new(c, r, call));
}

/* The same for a blocking call. */
static inline void sim_submit_blocking(sim_client *c, sim_record *r, const boxd_call_options *call)
{
    const caller before = thread_submit_as(CALLER_BLOCKING);
    sim_submit(c, r, call);
    thread_submit_as(before);
}

static inline void sim_on_arrival(sim_event *event)
{
    sim_record *r = CONTAINER_OF(event, sim_record, arrival);
    r->arrived = false;
    if (r->op && r->started && !r->finished)
        sim_finish(r, r->stopped ? &r->op->op.error : NULL);
}

/* The answer of the network: the next turn of the loop finishes the operation, if it runs then. */
static inline void sim_answer(sim_record *r)
{
    if (r->op && !r->arrived && !r->client->loop_ended) {
        r->arrived = true;
        r->arrival.run = sim_on_arrival;
        list_append(&r->client->events, &r->arrival.node);
    }
}

/* Checks that the operation was delivered once and is freed. */
static inline void sim_expect(const sim_record *r, boxd_status status)
{
    ck_assert_int_eq(r->delivered, 1);
    ck_assert_int_eq(r->destroyed, 1);
    ck_assert_msg(r->outcome.status == status, "ended in %s: %s", boxd_status_name(r->outcome.status),
                  r->outcome.message);
}

#endif
