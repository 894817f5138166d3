/* Supervisor with blocking calls: a thread for each box. supervisor.h describes the program. */
#include "../common/interrupt.h"
#include "supervisor.h"

#include <boxd/boxd.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct task {
    boxd_compute *c;
    const supervisor *s;
    supervisor_box *b;
    int stop_fd;
    pthread_t thread;
} task;

static void check(const task *t)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_box *found = boxd_box_get(t->c, t->b->name, &t->s->call, &err);
    supervisor_set_checked(t->s, t->b, found, &err);
    boxd_box_free(t->b->box);
    t->b->box = found;
}

static void start(const task *t)
{
    boxd_error err = BOXD_ERROR_INIT;
    const boxd_status status = boxd_box_start(t->b->box, &t->s->call, &err);
    supervisor_set_started(t->s, t->b, status == BOXD_OK ? NULL : &err);
}

static void *supervise(void *user)
{
    const task *t = user;
    while (t->b->next != SUPERVISOR_GIVE_UP) {
        (void)poll(&(struct pollfd){.fd = t->stop_fd, .events = POLLIN}, 1, t->b->wait_ms);
        if (t->b->next == SUPERVISOR_CHECK) /* after a signal the check ends in BOXD_ERR_CANCELLED */
            check(t);
        else
            start(t);
    }
    boxd_box_free(t->b->box);
    return NULL;
}

static bool supervise_all(boxd_compute *c, const supervisor *s, int stop_fd)
{
    task *tasks = calloc((size_t)s->count, sizeof *tasks);
    int started = 0;
    for (; tasks && started < s->count; started++) {
        task *t = &tasks[started];
        *t = (task){.c = c, .s = s, .b = &s->boxes[started], .stop_fd = stop_fd};
        if (pthread_create(&t->thread, NULL, supervise, t) != 0)
            break;
    }
    if (started < s->count)
        (void)fprintf(stderr, "started only %d of %d threads\n", started, s->count);
    for (int i = 0; i < started; i++)
        pthread_join(tasks[i].thread, NULL);
    free(tasks);
    return started == s->count;
}

int main(int argc, char **argv)
{
    supervisor s;
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (supervisor_init(&s, argc, argv, stop.stop)) {
        boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
        if (!c)
            boxd_error_print(&err, NULL);
        const bool done = c && supervise_all(c, &s, stop.fd);
        boxd_compute_close(c);
        code = supervisor_finish(&s) || !done;
    }
    interrupt_close(&stop);
    return code;
}
