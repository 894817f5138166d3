/* Clients on event loops: each kind of loop of loops.h, with an emulator at the other end. */
#include "loops.h"
#include "manual_dispatch.h"

#include <semaphore.h>

/* ---- one client, one loop ---- */

START_TEST(callbacks_run_on_the_loop)
{
    enum { N = 20 };
    const loop_kind *k = LOOPS[_i].kind;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    for (int i = 0; i < N; i++)
        manual_submit(c, &t);
    ck_assert(manual_readable(c, -1));
    ck_assert_int_eq(t.calls, 0);
    loops_drive(k, loop, &t.calls, N);
    ck_assert(!k->is_empty(loop));
    loops_close(k, loop, c, &t);
    ck_assert_int_eq(t.calls, N);
}
END_TEST

typedef struct runner {
    const loop_kind *kind;
    void *loop;
    boxd_compute *client;
    tally tally;
    sem_t attached;
} runner;

static void *run_until_empty(void *data)
{
    runner *r = data;
    r->tally.thread = pthread_self();
    loops_must_attach(r->kind, r->client, r->loop);
    sem_post(&r->attached);
    loops_drain(r->kind, r->loop);
    return NULL;
}

/* This thread makes the calls and the close; the callbacks run on the loop. */
START_TEST(loop_on_another_thread)
{
    enum { N = 50 };
    runner r = {.kind = LOOPS[_i].kind, .loop = LOOPS[_i].kind->open(), .client = manual_open()};
    pthread_t thread;
    sem_init(&r.attached, 0, 0);
    pthread_create(&thread, NULL, run_until_empty, &r);
    sem_wait(&r.attached);
    for (int i = 0; i < N; i++)
        manual_submit(r.client, &r.tally);
    boxd_aio_compute_close(r.client, manual_on_closed, &r.tally);
    pthread_join(thread, NULL);
    ck_assert_int_eq(r.tally.calls, N);
    ck_assert_int_eq(r.tally.closed, 1);
    ck_assert_int_eq(r.tally.elsewhere, 0);
    sem_destroy(&r.attached);
}
END_TEST

/* ---- the end ---- */

typedef struct last_words {
    const loop_kind *kind;
    void *loop;
    tally tally;
} last_words;

static void quit_when_closed(boxd_status status, const boxd_error *error, void *data)
{
    last_words *w = data;
    manual_on_closed(status, error, &w->tally);
    w->kind->quit(w->loop);
}

static void close_from_callback(tally *t)
{
    boxd_aio_compute_close(t->client, quit_when_closed, t->data);
}

START_TEST(loop_ends_with_its_client)
{
    const loop_kind *k = LOOPS[_i].kind;
    last_words w = {.kind = k, .loop = k->open()};
    boxd_compute *c = manual_open();
    w.tally = (tally){.thread = pthread_self(), .then = close_from_callback, .client = c, .data = &w};
    loops_must_attach(k, c, w.loop);
    for (int i = 0; i < 5; i++)
        manual_submit(c, &w.tally);
    k->run(w.loop);
    ck_assert_int_eq(w.tally.calls, 5);
    ck_assert_int_eq(w.tally.closed, 1);
    ck_assert_int_eq(w.tally.elsewhere, 0);
    ck_assert(k->is_empty(w.loop)); /* at once, also if quit() ended the loop */
    k->close(w.loop);
}
END_TEST

START_TEST(close_without_a_callback)
{
    const loop_kind *k = LOOPS[_i].kind;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    for (int i = 0; i < 5; i++)
        manual_submit(c, &t);
    boxd_aio_compute_close(c, NULL, NULL);
    loops_drain(k, loop);
    ck_assert_int_eq(t.calls, 5);
    ck_assert_int_eq(t.elsewhere, 0);
}
END_TEST

START_TEST(blocking_close_on_the_loops_thread)
{
    const loop_kind *k = LOOPS[_i].kind;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    for (int i = 0; i < 5; i++)
        manual_submit(c, &t);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
    ck_assert_int_eq(t.calls, 5);
    ck_assert_int_eq(t.elsewhere, 0);
    k->turn(loop, false); /* libuv has handles to close */
    ck_assert(k->is_empty(loop));
    k->close(loop);
}
END_TEST

static void close_and_wait_in_callback(tally *t)
{
    *(boxd_status *)t->data = boxd_compute_close(t->client);
}

START_TEST(blocking_close_inside_a_callback)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_status status = BOXD_OK;
    boxd_compute *c = manual_open();
    tally t = {.thread = pthread_self(), .then = close_and_wait_in_callback, .client = c, .data = &status};
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    manual_make(c, 3, &t);
    loops_drain(k, loop);
    ck_assert_int_eq((int)status, (int)BOXD_ERR_WOULD_DEADLOCK);
    ck_assert_int_eq(t.calls, 3);
}
END_TEST

/* The loop notices an end that came before the attach. */
START_TEST(client_that_has_ended)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_compute *c = manual_open();
    ck_assert_ptr_eq(boxd_compute_ref(c), c);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    loops_drain(k, loop);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
}
END_TEST

/* ---- detach ---- */

START_TEST(nothing_runs_while_detached)
{
    const loop_kind *k = LOOPS[_i].kind;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    boxd_aio_compute_detach(c);
    boxd_aio_compute_detach(c); /* not attached: no effect */
    boxd_aio_compute_detach(NULL);
    manual_make(c, 3, &t);
    k->turn(loop, false);
    k->turn(loop, false);
    ck_assert(k->is_empty(loop));
    ck_assert_int_eq(t.calls, 0);
    loops_must_attach(k, c, loop);
    loops_drive(k, loop, &t.calls, 3);
    manual_make(c, 3, &t);
    boxd_aio_compute_detach(c); /* while callbacks wait, and attached again at once */
    loops_must_attach(k, c, loop);
    loops_drive(k, loop, &t.calls, 6);
    loops_close(k, loop, c, &t);
}
END_TEST

typedef struct place {
    const loop_kind *kind;
    void *loop;
} place;

static void detach_in_callback(tally *t)
{
    boxd_aio_compute_detach(t->client);
}

static void reattach_in_callback(tally *t)
{
    const place *p = t->data;
    boxd_aio_compute_detach(t->client);
    loops_must_attach(p->kind, t->client, p->loop);
}

/* The callback that detaches runs last. */
START_TEST(detach_inside_a_callback)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_compute *c = manual_open();
    tally t = {.thread = pthread_self(), .then = detach_in_callback, .client = c};
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    manual_make(c, 3, &t);
    loops_drive(k, loop, &t.calls, 1);
    k->turn(loop, false);
    ck_assert(k->is_empty(loop));
    ck_assert_int_eq(t.calls, 1);
    ck_assert(manual_readable(c, 0));
    loops_must_attach(k, c, loop);
    loops_drive(k, loop, &t.calls, 3);
    loops_close(k, loop, c, &t);
}
END_TEST

START_TEST(reattach_inside_a_callback)
{
    const loop_kind *k = LOOPS[_i].kind;
    place here = {k, k->open()};
    boxd_compute *c = manual_open();
    tally t = {.thread = pthread_self(), .then = reattach_in_callback, .client = c, .data = &here};
    loops_must_attach(k, c, here.loop);
    manual_make(c, 3, &t);
    loops_drive(k, here.loop, &t.calls, 3);
    loops_close(k, here.loop, c, &t);
}
END_TEST

START_TEST(move_to_another_loop_of_its_kind)
{
    const loop_kind *k = LOOPS[_i].kind;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *first = k->open(), *second = k->open();
    loops_must_attach(k, c, first);
    manual_make(c, 2, &t);
    boxd_aio_compute_detach(c);
    loops_must_attach(k, c, second);
    if (!k->one_per_thread) {
        k->turn(first, false);
        ck_assert_int_eq(t.calls, 0);
    }
    loops_drive(k, second, &t.calls, 2);
    loops_drain(k, first);
    loops_close(k, second, c, &t);
}
END_TEST

/* A second thread: attaches the client to its own loop until `count` callbacks have run, then detaches it.
 */
typedef struct guest {
    const loop_kind *kind;
    boxd_compute *client;
    tally *tally;
    int count;
    bool submit;
} guest;

static void *host(void *data)
{
    guest *g = data;
    void *loop = g->kind->open();
    g->tally->thread = pthread_self();
    loops_must_attach(g->kind, g->client, loop);
    if (g->submit)
        manual_submit(g->client, g->tally);
    loops_drive(g->kind, loop, &g->tally->calls, g->count);
    boxd_aio_compute_detach(g->client);
    loops_drain(g->kind, loop);
    return NULL;
}

static void visit(guest *g)
{
    pthread_t thread;
    pthread_create(&thread, NULL, host, g);
    pthread_join(thread, NULL);
}

/* Some callbacks run on the first loop; the first callback moves the client, with its waiting callbacks, to
 * a loop of each kind. */
START_TEST(move_to_another_kind_and_thread)
{
    const loop_kind *k = LOOPS[_i].kind;
    loops_prepare();
    for (int other = 0; other < LOOP_COUNT; other++) {
        boxd_compute *c = manual_open();
        tally t = {.thread = pthread_self(), .then = detach_in_callback, .client = c};
        void *loop = k->open();
        loops_must_attach(k, c, loop);
        manual_make(c, 3, &t);
        loops_drive(k, loop, &t.calls, 1);
        visit(&(guest){.kind = LOOPS[other].kind, .client = c, .tally = &t, .count = 3});
        t.thread = pthread_self();
        loops_must_attach(k, c, loop);
        manual_submit(c, &t);
        loops_drive(k, loop, &t.calls, 4);
        loops_close(k, loop, c, &t);
    }
}
END_TEST

/* A call is in flight meanwhile. */
START_TEST(many_moves)
{
    enum { MOVES = 25 };
    tally t = {0}, slow = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    loops_prepare();
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    manual_submit(c, &slow);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    for (int i = 0; i < MOVES; i++)
        visit(&(guest){
            .kind = LOOPS[i % LOOP_COUNT].kind, .client = c, .tally = &t, .count = i + 1, .submit = true});
    ck_assert_int_eq(t.calls, MOVES);
    ck_assert_int_eq(t.elsewhere, 0);
    ck_assert_int_eq(slow.calls, 0);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
    ck_assert_int_eq(slow.calls, 1);
    ck_assert_int_eq(slow.elsewhere, 0);
    emulator_clear_faults(&emulator);
}
END_TEST

/* ---- several clients ---- */

static void close_the_other(tally *t)
{
    boxd_aio_compute_close(t->client, manual_on_closed, t->data);
}

START_TEST(two_clients)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_compute *first = manual_open(), *second = manual_open();
    tally theirs = {.thread = pthread_self()};
    tally t = {.thread = pthread_self(), .then = close_the_other, .client = second, .data = &theirs};
    void *loop = k->open();
    loops_must_attach(k, first, loop);
    loops_must_attach(k, second, loop);
    manual_make(second, 2, &theirs);
    loops_drive(k, loop, &theirs.calls, 2);
    manual_make(second, 2, &theirs);
    manual_make(first, 2, &t); /* closes the second client, whose callbacks are ready */
    loops_drive(k, loop, &t.calls, 2);
    loops_drive(k, loop, &theirs.closed, 1);
    ck_assert_int_eq(theirs.calls, 4);
    ck_assert_int_eq(theirs.elsewhere, 0);
    manual_submit(first, &t);
    loops_drive(k, loop, &t.calls, 3);
    loops_close(k, loop, first, &t);
}
END_TEST

static void detach_the_other(tally *t)
{
    boxd_aio_compute_detach(t->client);
}

/* Both descriptors are readable at once: the callback that runs first detaches the other client. */
START_TEST(one_detaches_the_other)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_compute *clients[] = {manual_open(), manual_open()};
    void *loop = k->open();
    tally tallies[2];
    for (int i = 0; i < 2; i++) {
        tallies[i] = (tally){.thread = pthread_self(), .then = detach_the_other, .client = clients[1 - i]};
        loops_must_attach(k, clients[i], loop);
    }
    manual_make(clients[0], 1, &tallies[0]);
    manual_make(clients[1], 1, &tallies[1]);
    k->turn(loop, true);
    k->turn(loop, false);
    ck_assert_int_eq(tallies[0].calls + tallies[1].calls, 1);
    const int off = tallies[0].calls ? 1 : 0;
    loops_must_attach(k, clients[off], loop);
    loops_drive(k, loop, &tallies[off].calls, 1); /* and the second client detaches the first one */
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq((int)boxd_compute_close(clients[i]), (int)BOXD_OK);
    loops_drain(k, loop);
}
END_TEST

/* ---- refusals ---- */

START_TEST(refusals)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_error error = BOXD_ERROR_INIT;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open(), *core_thread = boxd_compute_open(NULL, &error);
    void *loop = k->open();
    e2e_ok(core_thread, error);
    ck_assert_int_eq((int)loops_attach(k, core_thread, loop, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "dispatch = BOXD_DISPATCH_MANUAL");
    ck_assert_int_eq((int)loops_attach(k, NULL, loop, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the client is NULL");
    k->turn(loop, false);
    ck_assert(k->is_empty(loop));
    loops_must_attach(k, c, loop);
    ck_assert_int_eq((int)loops_attach(k, c, loop, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "call boxd_aio_compute_detach() first");
    ck_assert_int_ne((int)loops_attach(k, c, loop, NULL), (int)BOXD_OK);
    manual_submit(c, &t); /* as after the first attach */
    loops_drive(k, loop, &t.calls, 1);
    ck_assert_int_eq((int)boxd_compute_close(core_thread), (int)BOXD_OK);
    loops_close(k, loop, c, &t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loops");
    loops_add(suite, callbacks_run_on_the_loop);
    loops_add(suite, loop_on_another_thread);
    loops_add(suite, loop_ends_with_its_client);
    loops_add(suite, close_without_a_callback);
    loops_add(suite, blocking_close_on_the_loops_thread);
    loops_add(suite, blocking_close_inside_a_callback);
    loops_add(suite, client_that_has_ended);
    loops_add(suite, nothing_runs_while_detached);
    loops_add(suite, detach_inside_a_callback);
    loops_add(suite, reattach_inside_a_callback);
    loops_add(suite, move_to_another_loop_of_its_kind);
    loops_add(suite, move_to_another_kind_and_thread);
    e2e_add_once(suite, many_moves);
    loops_add(suite, two_clients);
    loops_add(suite, one_detaches_the_other);
    loops_add(suite, refusals);
    return e2e_main(suite, NULL);
}
