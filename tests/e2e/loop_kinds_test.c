/* What some kinds of event loops have and others have not: a default loop, an end, a context. */
#include "loops.h"
#include "manual_dispatch.h"

START_TEST(no_loop)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_error error = BOXD_ERROR_INIT;
    if (!k->maker)
        return;
    boxd_compute *c = manual_open();
    ck_assert_int_eq((int)loops_attach(k, c, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the loop is NULL; ");
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, k->maker);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
}
END_TEST

START_TEST(default_loop)
{
    const loop_kind *k = LOOPS[_i].kind;
    boxd_error error = BOXD_ERROR_INIT;
    tally t = {.thread = pthread_self()};
    if (!k->open_default)
        return;
    boxd_compute *c = manual_open();
    void *loop = k->open_default();
    k->turn(loop, false); /* a thread may have its loop only now */
    e2e_ok(loops_attach(k, c, NULL, &error) == BOXD_OK, error);
    manual_submit(c, &t);
    loops_drive(k, loop, &t.calls, 1);
    boxd_aio_compute_close(c, manual_on_closed, &t);
    loops_drive(k, loop, &t.closed, 1);
    ck_assert_int_eq(t.elsewhere, 0);
    k->close(loop);
}
END_TEST

/* ---- what one kind of loop has ---- */

START_TEST(sdevent_that_has_finished)
{
    const loop_kind *k = &LOOP_SDEVENT;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *c = manual_open();
    void *loop = k->open();
    k->quit(loop);
    k->run(loop);
    ck_assert_int_eq((int)loops_attach(k, c, loop, &error), (int)BOXD_ERR_FAILED);
    e2e_expect(&error, BOXD_ERR_FAILED,
               "sd-event cannot wait on the client's descriptor: the loop has finished");
    k->close(loop);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
}
END_TEST

#ifdef LOOPS_HAVE_QT
START_TEST(qt_detaches_with_its_context)
{
    const loop_kind *k = &LOOP_QT;
    tally t = {.thread = pthread_self()};
    boxd_compute *c = manual_open();
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    manual_make(c, 3, &t);
    loop_qt_destroy_context(loop);
    k->turn(loop, false);
    ck_assert_int_eq(t.calls, 0);
    loops_must_attach(k, c, loop);
    loops_drive(k, loop, &t.calls, 3);
    loops_close(k, loop, c, &t);
}
END_TEST

static void destroy_context(tally *t)
{
    loop_qt_destroy_context(t->data);
}

/* The callback that destroys the context runs last. */
START_TEST(qt_context_destroyed_in_a_callback)
{
    const loop_kind *k = &LOOP_QT;
    boxd_compute *c = manual_open();
    void *loop = k->open();
    tally t = {.thread = pthread_self(), .then = destroy_context, .client = c, .data = loop};
    loops_must_attach(k, c, loop);
    manual_make(c, 3, &t);
    loops_drive(k, loop, &t.calls, 1);
    k->turn(loop, false);
    ck_assert_int_eq(t.calls, 1);
    loops_must_attach(k, c, loop);
    loops_drive(k, loop, &t.calls, 3);
    loops_close(k, loop, c, &t);
}
END_TEST

static void nest(tally *t)
{
    *(int *)t->data += loop_qt_run_nested();
}

/* The nested loop runs no callback, and waits although the descriptor is readable. */
START_TEST(qt_nested_loop)
{
    const loop_kind *k = &LOOP_QT;
    int turns = 0;
    boxd_compute *c = manual_open();
    tally t = {.thread = pthread_self(), .then = nest, .client = c, .data = &turns};
    void *loop = k->open();
    loops_must_attach(k, c, loop);
    manual_make(c, 3, &t);
    loops_drive(k, loop, &t.calls, 3);
    ck_assert_int_eq(t.calls, 3);
    ck_assert_int_le(turns, 15);
    loops_close(k, loop, c, &t);
}
END_TEST

static void *attach_without_a_loop(void *data)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq((int)loops_attach(&LOOP_QT, data, NULL, &error), (int)BOXD_ERR_FAILED);
    e2e_expect(&error, BOXD_ERR_FAILED, "this thread has no event loop of Qt ");
    return NULL;
}

static void *attach_with_the_context_of_another(void *data)
{
    boxd_error error = BOXD_ERROR_INIT;
    void *loop = LOOP_QT.open();
    LOOP_QT.turn(loop, false);
    ck_assert_int_eq((int)loops_attach(&LOOP_QT, NULL, data, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the context belongs to another thread");
    LOOP_QT.close(loop);
    return NULL;
}

START_TEST(qt_on_other_threads)
{
    const loop_kind *k = &LOOP_QT;
    pthread_t thread;
    boxd_compute *c = manual_open();
    void *loop = k->open();
    ck_assert_ptr_nonnull(k->handle(loop));
    pthread_create(&thread, NULL, attach_without_a_loop, c);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, attach_with_the_context_of_another, loop);
    pthread_join(thread, NULL);
    k->close(loop);
    ck_assert_int_eq((int)boxd_compute_close(c), (int)BOXD_OK);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("loop_kinds");
    loops_add(suite, no_loop);
    loops_add(suite, default_loop);
    e2e_add_once(suite, sdevent_that_has_finished);
#ifdef LOOPS_HAVE_QT
    e2e_add_once(suite, qt_detaches_with_its_context);
    e2e_add_once(suite, qt_context_destroyed_in_a_callback);
    e2e_add_once(suite, qt_nested_loop);
    e2e_add_once(suite, qt_on_other_threads);
#endif
    return e2e_main(suite, NULL);
}
