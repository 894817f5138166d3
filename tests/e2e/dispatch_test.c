/* The bare pair, boxd_aio_compute_fd() and boxd_aio_compute_dispatch(), on clients with manual dispatch. */
#include "manual_dispatch.h"

#include <sys/epoll.h>
#include <unistd.h>

static void close_blocking(boxd_compute *c)
{
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
}

/* ---- the descriptor ---- */

START_TEST(readable_exactly_while_something_is_due)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    ck_assert_int_ge(boxd_aio_compute_fd(c), 0);
    ck_assert(!manual_readable(c, 0));
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 0);
    for (int round = 1; round <= 3; round++) {
        manual_make(c, 1, &t);
        ck_assert(manual_readable(c, 0));
        ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 1);
        ck_assert_int_eq(t.calls, round);
        ck_assert(!manual_readable(c, 0));
        ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 0);
    }
    manual_submit(c, &t); /* one that takes its time */
    ck_assert_int_eq(t.calls, 3);
    ck_assert(manual_readable(c, -1));
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 1);
    ck_assert(!manual_readable(c, 0));
    close_blocking(c);
}
END_TEST

START_TEST(partial_dispatch)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    manual_make(c, 5, &t);
    for (int i = 1; i <= 3; i++) {
        ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 1), 1);
        ck_assert_int_eq(t.calls, i);
        ck_assert(manual_readable(c, 0));
    }
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 10), 2);
    ck_assert(!manual_readable(c, 0));
    close_blocking(c);
}
END_TEST

START_TEST(edge_triggered)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    ck_assert_int_eq(epoll_ctl(loop, EPOLL_CTL_ADD, boxd_aio_compute_fd(c), &event), 0);
    for (int total = 4; total <= 12; total += 4) {
        manual_make(c, 4, &t);
        ck_assert_int_eq(epoll_wait(loop, &event, 1, -1), 1);
        while (boxd_aio_compute_dispatch(c, 1) > 0)
            continue;
        ck_assert_int_eq(t.calls, total);
    }
    close(loop);
    close_blocking(c);
}
END_TEST

START_TEST(clients_without_a_descriptor)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(NULL, &error);
    e2e_ok(c, error);
    ck_assert_int_eq(boxd_aio_compute_fd(c), -1);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 0);
    ck_assert_int_eq(boxd_aio_compute_fd(NULL), -1);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(NULL, 0), 0);
    close_blocking(c);
}
END_TEST

/* ---- callbacks ---- */

static uint64_t manual_now(const boxd_compute *c)
{
    boxd_counters counters = BOXD_COUNTERS_INIT;
    boxd_compute_get_counters(c, &counters);
    return counters.ready;
}

/* And goes on once that is due, too. */
static void submit_another(tally *t)
{
    const uint64_t before = manual_now(t->client);
    manual_submit(t->client, t);
    while (manual_now(t->client) == before)
        continue;
}

START_TEST(what_a_callback_makes_due_comes_later)
{
    boxd_compute *c = manual_open();
    tally t = {.thread = pthread_self(), .then = submit_another, .client = c};
    manual_make(c, 2, &t);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 2);
    ck_assert(manual_readable(c, -1));
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 1);
    ck_assert_int_eq(t.calls, 3);
    close_blocking(c);
}
END_TEST

typedef struct pair {
    boxd_compute *own, *other;
    size_t ran;
} pair;

static void dispatch_inside(tally *t)
{
    pair *p = t->data;
    ck_assert(boxd_aio_in_callback());
    p->ran += boxd_aio_compute_dispatch(p->own, 0) + boxd_aio_compute_dispatch(p->own, 1) +
              boxd_aio_compute_dispatch(p->other, 0);
}

START_TEST(dispatch_inside_a_callback_runs_nothing)
{
    pair p = {manual_open(), manual_open(), 0};
    tally t = {.thread = pthread_self(), .then = dispatch_inside, .data = &p};
    tally other = {.thread = pthread_self()};
    manual_make(p.other, 1, &other);
    manual_make(p.own, 2, &t);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(p.own, 1), 1);
    ck_assert(!boxd_aio_in_callback());
    ck_assert_uint_eq(p.ran, 0);
    ck_assert_int_eq(other.calls, 0);
    ck_assert(manual_readable(p.own, 0) && manual_readable(p.other, 0));
    ck_assert_uint_eq(boxd_aio_compute_dispatch(p.own, 0), 1);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(p.other, 0), 1);
    close_blocking(p.own);
    close_blocking(p.other);
}
END_TEST

/* Each call has a tally of its own. */
enum { BATCH = 300 };

typedef struct shift {
    boxd_compute *client;
    atomic_size_t *ran;
} shift;

static void *dispatch_until_all(void *data)
{
    const shift *s = data;
    while (atomic_load(s->ran) < BATCH) {
        manual_readable(s->client, 10); /* the other thread may have been the one that it was readable for */
        atomic_fetch_add(s->ran, boxd_aio_compute_dispatch(s->client, 3));
    }
    return NULL;
}

START_TEST(two_threads_dispatch)
{
    static tally tallies[BATCH];
    boxd_compute *c = manual_open();
    atomic_size_t ran = 0;
    shift s = {c, &ran};
    pthread_t threads[2];
    for (int i = 0; i < BATCH / 2; i++)
        manual_submit(c, &tallies[i]);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, dispatch_until_all, &s);
    for (int i = BATCH / 2; i < BATCH; i++)
        manual_submit(c, &tallies[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(ran, BATCH);
    for (int i = 0; i < BATCH; i++)
        ck_assert_int_eq(tallies[i].calls, 1);
    ck_assert(!manual_readable(c, 0));
    close_blocking(c);
}
END_TEST

/* ---- blocking calls of such a client ---- */

static void *call_blocking(void *data)
{
    boxd_error error = BOXD_ERROR_INIT;
    for (int i = 0; i < 20; i++) {
        boxd_identity *who = boxd_compute_whoami(data, NULL, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
    }
    return NULL;
}

/* They need no dispatch, run no callback and leave no callback waiting. */
START_TEST(blocking_calls)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    pthread_t thread;
    call_blocking(c);
    ck_assert(!manual_readable(c, 0));
    manual_make(c, 1, &t);
    pthread_create(&thread, NULL, call_blocking, c);
    call_blocking(c);
    pthread_join(thread, NULL);
    ck_assert_int_eq(t.calls, 0);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 1);
    ck_assert(!manual_readable(c, 0));
    close_blocking(c);
}
END_TEST

/* ---- the end ---- */

START_TEST(close_callback_is_dispatched)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    manual_submit(c, &t);
    boxd_aio_compute_close(c, manual_on_closed, &t);
    ck_assert_int_eq(t.calls, 0);
    while (t.closed == 0) {
        ck_assert(manual_readable(c, -1));
        boxd_aio_compute_dispatch(c, 0);
    }
    ck_assert_int_eq(t.calls, 1);
    ck_assert_int_eq(t.elsewhere, 0);
}
END_TEST

START_TEST(after_the_end_with_a_reference)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    ck_assert_ptr_eq(boxd_compute_ref(c), c);
    manual_submit(c, &t);
    close_blocking(c);
    ck_assert_int_eq(t.calls, 1); /* inside the close */
    for (int i = 0; i < 2; i++) {
        ck_assert(manual_readable(c, 0));
        ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 0);
    }
    manual_submit(c, &t); /* is refused at once */
    ck_assert_int_eq(t.calls, 2);
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 0);
    boxd_aio_compute_close(c, manual_on_closed, &t); /* late: so is this */
    ck_assert_int_eq(t.closed, 1);
    ck_assert_int_eq(t.elsewhere, 0);
}
END_TEST

static void count_detach(void *data)
{
    ++*(int *)data;
}

START_TEST(after_the_end_attached)
{
    boxd_error error = BOXD_ERROR_INIT;
    tally t = {.thread = pthread_self()};
    int detached = 0, never = 0;
    boxd_compute *c = manual_open();
    e2e_ok(boxd_aio_compute_attach(c, count_detach, &detached, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)boxd_aio_compute_attach(c, count_detach, &never, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    ck_assert_int_eq((int)boxd_aio_compute_attach(c, NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    manual_submit(c, &t);
    boxd_aio_compute_close(c, NULL, NULL);
    while (!detached) {
        ck_assert(manual_readable(c, -1));
        boxd_aio_compute_dispatch(c, 0);
    }
    ck_assert_int_eq(t.calls, 1);
    ck_assert_int_eq(detached, 1);
    ck_assert_int_eq(never, 0);
}
END_TEST

static void close_again(tally *t)
{
    boxd_aio_compute_close(t->client, manual_on_closed, t);
}

/* A callback that a blocking close runs closes the client too: no dispatch may follow. */
START_TEST(close_too_many_inside_a_blocking_close)
{
    for (int attached = 0; attached < 2; attached++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_compute *c = manual_open();
        int detached = 0;
        tally t = {.thread = pthread_self(), .then = close_again, .client = c};
        if (attached)
            e2e_ok(boxd_aio_compute_attach(c, count_detach, &detached, &error) == BOXD_OK, error);
        for (int i = 0; i < 3; i++)
            manual_submit(c, &t);
        close_blocking(c);
        ck_assert_int_eq(t.calls, 3);
        ck_assert_int_eq(t.closed, 1);
        ck_assert_int_eq(t.elsewhere, 0);
        ck_assert_int_eq(detached, attached);
    }
}
END_TEST

/* The callback of another client's async close runs in that client's dispatch, not inside this close. */
START_TEST(blocking_close_beside_an_asynchronous_one)
{
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    ck_assert_ptr_eq(boxd_compute_ref(c), c);
    boxd_aio_compute_close(c, manual_on_closed, &t);
    close_blocking(c);
    ck_assert_int_eq(t.closed, 0);
    ck_assert(manual_readable(c, 0));
    ck_assert_uint_eq(boxd_aio_compute_dispatch(c, 0), 1);
    ck_assert_int_eq(t.closed, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dispatch");
    e2e_add_once(suite, readable_exactly_while_something_is_due);
    e2e_add_once(suite, partial_dispatch);
    e2e_add_once(suite, edge_triggered);
    e2e_add_once(suite, clients_without_a_descriptor);
    e2e_add_once(suite, what_a_callback_makes_due_comes_later);
    e2e_add_once(suite, dispatch_inside_a_callback_runs_nothing);
    e2e_add_once(suite, two_threads_dispatch);
    e2e_add_once(suite, blocking_calls);
    e2e_add_once(suite, close_callback_is_dispatched);
    e2e_add_once(suite, after_the_end_with_a_reference);
    e2e_add_once(suite, after_the_end_attached);
    e2e_add_once(suite, close_too_many_inside_a_blocking_close);
    e2e_add_once(suite, blocking_close_beside_an_asynchronous_one);
    return e2e_main(suite, NULL);
}
