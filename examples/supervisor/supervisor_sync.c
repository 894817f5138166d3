/* Supervisor, blocking: a thread for each box. What it does is in supervisor.h. */
#include "../common/interrupt.h"
#include "supervisor.h"

#include <boxd/boxd.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct guard {
    boxd_compute *c;
    const supervisor *s;
    supervisor_box *b;
    int stop_fd;
    pthread_t thread;
} guard;

static void look(const guard *g)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_box *found = boxd_box_get(g->c, g->b->name, &g->s->call, &err);
    supervisor_saw(g->s, g->b, found, &err);
    boxd_box_free(g->b->box);
    g->b->box = found;
}

static void start(const guard *g)
{
    boxd_error err = BOXD_ERROR_INIT;
    const boxd_status status = boxd_box_start(g->b->box, &g->s->call, &err);
    supervisor_started(g->s, g->b, status == BOXD_OK ? NULL : &err);
}

static void *stand_by(void *user)
{
    const guard *g = user;
    while (g->b->next != SUPERVISOR_LEAVE) {
        (void)poll(&(struct pollfd){.fd = g->stop_fd, .events = POLLIN}, 1, g->b->wait_ms);
        if (g->b->next == SUPERVISOR_LOOK) /* which ends in BOXD_ERR_CANCELLED, if it was the signal */
            look(g);
        else
            start(g);
    }
    boxd_box_free(g->b->box);
    return NULL;
}

static bool guard_all(boxd_compute *c, const supervisor *s, int stop_fd)
{
    guard *guards = calloc((size_t)s->count, sizeof *guards);
    int started = 0;
    for (; guards && started < s->count; started++) {
        guard *g = &guards[started];
        *g = (guard){.c = c, .s = s, .b = &s->boxes[started], .stop_fd = stop_fd};
        if (pthread_create(&g->thread, NULL, stand_by, g) != 0)
            break;
    }
    if (started < s->count)
        (void)fprintf(stderr, "only %d of %d threads could be started\n", started, s->count);
    for (int i = 0; i < started; i++)
        pthread_join(guards[i].thread, NULL);
    free(guards);
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
    if (supervisor_begin(&s, argc, argv, stop.stop)) {
        boxd_compute *c = boxd_compute_open(NULL, &err); /* BOXD_API_KEY from the environment */
        if (!c)
            (void)fprintf(stderr, "%s: %s\n", boxd_status_name(err.status), err.message);
        const bool guarded = c && interrupt_watch(&stop) && guard_all(c, &s, stop.fd);
        boxd_compute_close(c);
        code = supervisor_end(&s) || !guarded;
    }
    interrupt_close(&stop);
    return code;
}
