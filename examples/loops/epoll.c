/* Dispatches a client in an epoll loop: epoll waits for the descriptor of the client and for a timer. */
#include "job.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

int main(void)
{
    job j = {0};
    boxd_compute *client = job_open(&j);
    if (!client)
        return job_failed(&j);
    job_start(&j);

    int loop = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const struct itimerspec every = {{0, 50000000}, {0, 50000000}};
    timerfd_settime(timer, 0, &every, NULL);

    struct epoll_event tick = {.events = EPOLLIN, .data.fd = timer};
    epoll_ctl(loop, EPOLL_CTL_ADD, timer, &tick);

    struct epoll_event readable = {.events = EPOLLIN, .data.fd = boxd_aio_compute_fd(client)};
    epoll_ctl(loop, EPOLL_CTL_ADD, readable.data.fd, &readable);

    while (!j.ended) { /* after the close callback `client` must not be touched */
        struct epoll_event event;
        uint64_t expired;
        if (epoll_wait(loop, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == readable.data.fd)
            boxd_aio_compute_dispatch(client, 0);
        else if (read(timer, &expired, sizeof expired) == sizeof expired)
            job_tick(&j);
    }

    close(timer);
    close(loop);
    return job_finish(&j);
}
