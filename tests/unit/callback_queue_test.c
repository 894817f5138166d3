/* The queue of callbacks that wait to be dispatched: passes, and the descriptor. */
#include "core/callback_queue.h"

#include "unit_test.h"

#include <poll.h>

static bool is_readable(const callback_queue *q)
{
    struct pollfd fd = {.fd = q->waiting.fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static callback_queue open_queue(void)
{
    callback_queue q;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq((int)callback_queue_init(&q, true, &error), (int)BOXD_OK);
    ck_assert(!is_readable(&q));
    return q;
}

static loop_task *pop(callback_queue *q, size_t max, bool with_close)
{
    const callback_pass pass = callback_queue_begin_pass(q, max, with_close);
    return callback_queue_pop(q, &pass);
}

START_TEST(none_without_manual_dispatch)
{
    callback_queue q;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq((int)callback_queue_init(&q, false, &error), (int)BOXD_OK);
    ck_assert_int_eq(q.waiting.fd, -1);
    callback_queue_end(&q);
    callback_queue_destroy(&q);
}
END_TEST

START_TEST(the_descriptor_is_readable_while_something_waits)
{
    callback_queue q = open_queue();
    loop_task tasks[2] = {{.run = NULL}, {.run = NULL}};
    ck_assert(callback_queue_push(&q, &tasks[0]));
    ck_assert(!callback_queue_push(&q, &tasks[1]));
    ck_assert(is_readable(&q));
    ck_assert_uint_eq(callback_queue_count(&q), 2);
    ck_assert_ptr_eq(pop(&q, 1, false), &tasks[0]);
    ck_assert(is_readable(&q));
    ck_assert_ptr_eq(pop(&q, 1, false), &tasks[1]);
    ck_assert(!is_readable(&q));
    ck_assert_ptr_null(pop(&q, 1, false));
    ck_assert(callback_queue_push(&q, &tasks[0]));
    callback_queue_end(&q);
    ck_assert_ptr_eq(pop(&q, 1, false), &tasks[0]);
    ck_assert(is_readable(&q)); /* for good */
    callback_queue_destroy(&q);
}
END_TEST

START_TEST(a_pass_has_the_size_of_the_queue)
{
    callback_queue q = open_queue();
    loop_task tasks[3] = {{.run = NULL}, {.run = NULL}, {.run = NULL}};
    for (size_t i = 0; i < COUNT(tasks); i++)
        callback_queue_push(&q, &tasks[i]);
    ck_assert_uint_eq(callback_queue_begin_pass(&q, 0, false).limit, 3);
    ck_assert_uint_eq(callback_queue_begin_pass(&q, 2, false).limit, 2);
    const callback_pass pass = callback_queue_begin_pass(&q, 0, false);
    ck_assert_ptr_eq(callback_queue_pop(&q, &pass), &tasks[0]);
    callback_queue_end_passes(&q); /* a callback detaches the event loop */
    ck_assert(callback_queue_pass_was_cut(&q, &pass));
    ck_assert_ptr_null(callback_queue_pop(&q, &pass));
    const callback_pass next = callback_queue_begin_pass(&q, 0, false);
    ck_assert(!callback_queue_pass_was_cut(&q, &next));
    ck_assert_ptr_eq(callback_queue_pop(&q, &next), &tasks[1]);
    ck_assert_ptr_eq(callback_queue_pop(&q, &next), &tasks[2]);
    callback_queue_destroy(&q);
}
END_TEST

START_TEST(close_callbacks_come_last)
{
    callback_queue q = open_queue();
    loop_task task = {.run = NULL}, close = {.run = NULL};
    callback_queue_push(&q, &task);
    q.close_task = &close;
    ck_assert_uint_eq(callback_queue_count(&q), 2);
    ck_assert_ptr_eq(pop(&q, 0, true), &task);
    ck_assert_ptr_null(pop(&q, 1, false)); /* a blocking close does not run them */
    ck_assert_ptr_eq(pop(&q, 0, true), &close);
    ck_assert_ptr_null(pop(&q, 1, true));
    q.close_task = &close;
    ck_assert_ptr_eq(callback_queue_take_close(&q), &close);
    ck_assert_ptr_null(callback_queue_take_close(&q));
    callback_queue_destroy(&q);
}
END_TEST

START_TEST(a_redirected_queue_gives_its_tasks)
{
    callback_queue q = open_queue();
    loop_task task = {.run = NULL};
    callback_queue_push(&q, &task);
    linked_list tasks = callback_queue_redirect(&q);
    ck_assert(q.redirected);
    ck_assert_ptr_eq(list_pop(&tasks), &task.node);
    ck_assert_uint_eq(callback_queue_count(&q), 0);
    callback_queue_destroy(&q);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("callback_queue");
    unit_add(suite, none_without_manual_dispatch);
    unit_add(suite, the_descriptor_is_readable_while_something_waits);
    unit_add(suite, a_pass_has_the_size_of_the_queue);
    unit_add(suite, close_callbacks_come_last);
    unit_add(suite, a_redirected_queue_gives_its_tasks);
    return unit_run(suite);
}
