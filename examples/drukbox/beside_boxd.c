/* Uses boxd and Drukbox in one program: creates one box and many hosts at the same time, with callbacks, on
 * one epoll loop. Ctrl-C cancels all of these calls with one cancel token. Usage: drukbox_beside_boxd [HOSTS]
 */
#include "interrupt.h"

#include <boxd/aio.h>
#include <drukbox/aio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

typedef struct program {
    boxd_compute *boxes;
    drukbox_client *hosts;
    boxd_box *box;
    boxd_cancel_token *stop;
    int pending, created, failed;
} program;

static void print_error(program *p, const boxd_error *err)
{
    if (p->failed++ == 0)
        boxd_error_print(err, NULL);
    p->pending--;
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    program *p = user;
    if (status != BOXD_OK)
        print_error(p, err);
    else
        p->pending--;
}

/* Calls that clean up have no cancel token: they must also run after Ctrl-C. */
static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    program *p = user;
    p->box = box;
    if (!box) {
        print_error(p, err);
        return;
    }
    p->created++;
    boxd_aio_box_destroy(box, NULL, on_destroyed, p);
}

static void on_host(drukbox_host *host, const boxd_error *err, void *user)
{
    program *p = user;
    if (!host) {
        print_error(p, err);
        return;
    }
    p->created++;
    drukbox_aio_host_delete(p->hosts, host->id, NULL, on_destroyed, p);
    drukbox_host_free(host);
}

/* Submits all calls at once. The Drukbox client has 20 connections; further calls wait for a connection. If
 * the answer to a create is lost because of Ctrl-C, the host ends with its lease. */
static void start(program *p, int hosts)
{
    const drukbox_host_create_options options = {
        .size = sizeof options, .call.cancel = p->stop, .expires_at_ms = ((int64_t)time(NULL) + 600) * 1000};
    boxd_aio_box_create(p->boxes, BOXD_OPTIONS(boxd_box_create_options, .call.cancel = p->stop), on_box, p);
    for (int i = 0; i < hosts; i++)
        drukbox_aio_host_create(p->hosts, &options, on_host, p);
    p->pending = 1 + hosts;
}

static void watch(int loop, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

static void run(program *p, int signals)
{
    int loop = epoll_create1(EPOLL_CLOEXEC);
    watch(loop, signals);
    watch(loop, boxd_aio_compute_fd(p->boxes));
    watch(loop, drukbox_aio_client_fd(p->hosts));
    while (p->pending > 0) {
        struct epoll_event event;
        if (epoll_wait(loop, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == boxd_aio_compute_fd(p->boxes)) {
            boxd_aio_compute_dispatch(p->boxes, 0);
        } else if (event.data.fd == drukbox_aio_client_fd(p->hosts)) {
            drukbox_aio_client_dispatch(p->hosts, 0);
        } else {
            boxd_cancel_token_cancel(p->stop); /* cancels calls of both clients */
            epoll_ctl(loop, EPOLL_CTL_DEL, signals, NULL);
        }
    }
    close(loop);
}

int main(int argc, char **argv)
{
    program p = {0};
    interrupt signals;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&signals))
        return 1;
    p.stop = signals.stop;
    p.boxes = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &err);
    p.hosts = drukbox_client_open_from_env(
        NULL, BOXD_OPTIONS(drukbox_client_options, .dispatch = BOXD_DISPATCH_MANUAL), &err);
    if (p.boxes && p.hosts) {
        start(&p, argc > 1 ? atoi(argv[1]) : 50);
        run(&p, signals.fd);
        printf("%d created, %d failed\n", p.created, p.failed);
    } else {
        print_error(&p, &err);
    }
    boxd_box_free(p.box);
    boxd_compute_close(p.boxes);
    drukbox_client_close(p.hosts);
    interrupt_close(&signals);
    return p.failed > 0;
}
