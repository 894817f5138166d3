/* The changes of a transfer on their way to the program. */
#include "boxd/dirs/change_queue.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

static char seen[256];
static size_t calls;

static void on_change(const boxd_dir_change *change, void *data)
{
    const size_t size = strlen(seen);
    ck_assert_ptr_eq(data, &calls);
    calls++;
    (void)snprintf(seen + size, sizeof seen - size, "%c%.9s;",
                   change->kind == BOXD_DIR_CHANGE_DELETE ? '-' : '+', change->path);
}

static void begin(change_queue *q, boxd_dir_change_cb callback)
{
    calls = 0;
    seen[0] = '\0';
    change_queue_init(q, callback, &calls);
}

START_TEST(in_order)
{
    change_queue q;
    begin(&q, on_change);
    ck_assert(!change_queue_has_changes(&q) && !change_queue_call(&q));
    ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_COPY, ""));
    ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_DELETE, "a\n\377"));
    ck_assert(change_queue_has_changes(&q) && !change_queue_await(&q));
    ck_assert(!change_queue_call(&q));
    ck_assert_str_eq(seen, "+;-a\n\377;");
    ck_assert(!change_queue_has_changes(&q) && !change_queue_call(&q));
    ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_COPY, "left"));
    change_queue_free(&q);
    ck_assert_uint_eq(calls, 2);
}
END_TEST

/* The owner waits once for each call that it awaits. */
START_TEST(awaited)
{
    change_queue q;
    begin(&q, on_change);
    size_t added = 0;
    for (; !change_queue_await(&q); added++)
        ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_COPY, "0123456789012345678901234567890123456789"));
    ck_assert_uint_eq(added, CHANGE_QUEUE_BYTES / 42 + 1);
    ck_assert(change_queue_call(&q));
    ck_assert_uint_eq(calls, added);
    ck_assert(!change_queue_await(&q) && !change_queue_call(&q));
    change_queue_free(&q);
}
END_TEST

/* Without a callback nothing is kept. */
START_TEST(unused)
{
    change_queue q;
    begin(&q, NULL);
    ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_COPY, "a"));
    ck_assert(!change_queue_has_changes(&q) && !change_queue_await(&q) && !change_queue_call(&q));
    change_queue_free(&q);
}
END_TEST

START_TEST(out_of_memory)
{
    change_queue q;
    begin(&q, on_change);
    ck_assert(change_queue_add(&q, BOXD_DIR_CHANGE_COPY, "a"));
    static char path[1000];
    memset(path, 'b', sizeof path - 1);
    mem_fail_after(0);
    ck_assert(!change_queue_add(&q, BOXD_DIR_CHANGE_COPY, path));
    mem_fail_after(-1);
    ck_assert(!change_queue_call(&q));
    ck_assert_str_eq(seen, "+a;");
    change_queue_free(&q);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("change_queue");
    unit_add(suite, in_order);
    unit_add(suite, awaited);
    unit_add(suite, unused);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
