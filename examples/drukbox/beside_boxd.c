/* A box of boxd's and many hosts of Drukbox's at once, with callbacks, on one epoll loop; Ctrl-C stops all of
 * them by one token. Usage: drukbox_beside_boxd [HOSTS] */
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
    int under_way, made, failed;
} program;

static void complain(program *p, const boxd_error *err)
{
    if (p->failed++ == 0)
        fprintf(stderr, "%s: %s\n", boxd_status_name(err->status), err->message);
    p->under_way--;
}

static void on_gone(boxd_status status, const boxd_error *err, void *user)
{
    program *p = user;
    if (status != BOXD_OK)
        complain(p, err);
    else
        p->under_way--;
}

/* What cleans up has no token: it is to be done also after a stop. */
static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    program *p = user;
    p->box = box;
    if (!box) {
        complain(p, err);
        return;
    }
    p->made++;
    boxd_aio_box_destroy(box, NULL, on_gone, p);
}

static void on_host(drukbox_host *host, const boxd_error *err, void *user)
{
    program *p = user;
    if (!host) {
        complain(p, err);
        return;
    }
    p->made++;
    drukbox_aio_host_delete(p->hosts, host->id, NULL, on_gone, p);
    drukbox_host_free(host);
}

/* All at once: the client has 20 connections, and what finds none waits for one. A host that a stop loses
 * sight of ends with its lease. */
static void start(program *p, int hosts)
{
    const drukbox_host_create_options wanted = {
        .size = sizeof wanted, .call.cancel = p->stop, .expires_at_ms = ((int64_t)time(NULL) + 600) * 1000};
    boxd_aio_box_create(p->boxes, BOXD_OPTIONS(boxd_box_create_options, .call.cancel = p->stop), on_box, p);
    for (int i = 0; i < hosts; i++)
        drukbox_aio_host_create(p->hosts, &wanted, on_host, p);
    p->under_way = 1 + hosts;
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
    while (p->under_way > 0) {
        struct epoll_event event;
        if (epoll_wait(loop, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == boxd_aio_compute_fd(p->boxes)) {
            boxd_aio_compute_dispatch(p->boxes, 0);
        } else if (event.data.fd == drukbox_aio_client_fd(p->hosts)) {
            drukbox_aio_client_dispatch(p->hosts, 0);
        } else {
            boxd_cancel_token_cancel(p->stop); /* calls of both */
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
        printf("%d made, %d failed\n", p.made, p.failed);
    } else {
        complain(&p, &err);
    }
    boxd_box_free(p.box);
    boxd_compute_close(p.boxes);
    drukbox_client_close(p.hosts);
    interrupt_close(&signals);
    return p.failed > 0;
}
