/* The loop's thread and threads that post tasks, with a poller that is a pipe. For TSan, too. */
#include "core/loop.h"

#include "core/clock.h"
#include "unit_test.h"

#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 4, TASKS = 2000 };

static int ends[2];
static atomic_int wakes, sleeps;

/* A wake-up is a byte in the pipe; none is lost, and none is left when the loop does not sleep. */
static void wait_for_byte(void *state, int64_t deadline_ns)
{
    char byte;
    (void)state;
    if (deadline_ns == 0)
        return;
    atomic_fetch_add(&sleeps, 1);
    ck_assert_int_eq(poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1), 1);
    ck_assert_int_eq((int)read(ends[0], &byte, 1), 1);
}

static void wake(void *state)
{
    (void)state;
    atomic_fetch_add(&wakes, 1);
    ck_assert_int_eq((int)write(ends[1], "w", 1), 1);
}

typedef struct numbered {
    loop_task task;
    /* Posted by the loop's own thread when the task runs. */
    loop_task second;
    struct poster *from;
    int number;
} numbered;

typedef struct poster {
    pthread_t thread;
    loop *loop;
    /* Loop thread: the next number that has to run, of the tasks and of what they post. */
    int next, next_second;
    numbered tasks[TASKS];
} poster;

static atomic_int left;

static void run_second(loop_task *task)
{
    const numbered *n = CONTAINER_OF(task, numbered, second);
    ck_assert_int_eq(n->number, n->from->next_second++);
    if (atomic_fetch_sub(&left, 1) == 1)
        loop_stop(n->from->loop);
}

static void run_first(loop_task *task)
{
    numbered *n = CONTAINER_OF(task, numbered, task);
    ck_assert(loop_is_current(n->from->loop));
    ck_assert_int_eq(n->number, n->from->next++);
    loop_post(n->from->loop, &n->second, run_second);
}

static void *post_all(void *data)
{
    poster *p = data;
    ck_assert(!loop_is_current(p->loop));
    for (int i = 0; i < TASKS; i++) {
        p->tasks[i].from = p;
        p->tasks[i].number = i;
        loop_post(p->loop, &p->tasks[i].task, run_first);
        if (i % 64 == 0) /* the loop gets a chance to sleep */
            poll(NULL, 0, 1);
    }
    return NULL;
}

/* Each task runs once, the tasks of a thread in their order, and no wake-up is missing. */
START_TEST(posts)
{
    static poster posters[THREADS];
    static loop l;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(pipe(ends), 0);
    atomic_store(&left, THREADS * TASKS);
    ck_assert_int_eq(
        (int)loop_start(&l, "loop", (loop_poller){.wait = wait_for_byte, .wake = wake}, NULL, NULL, &error),
        (int)BOXD_OK);
    for (int i = 0; i < THREADS; i++) {
        posters[i].loop = &l;
        ck_assert_int_eq(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(posters[i].thread, NULL);
    pthread_join(l.thread, NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert(posters[i].next == TASKS && posters[i].next_second == TASKS);
    ck_assert_int_eq(atomic_load(&wakes), atomic_load(&sleeps));
    loop_destroy(&l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");
    unit_add(suite, posts);
    return unit_run(suite);
}
