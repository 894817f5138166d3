/* fd_poller_linux.c: epoll. Called by core/fd_loop.c, on its thread. */
#include "os/fd_poller.h"

#include "mem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

struct fd_poller {
    int epoll;
};

fd_poller *fd_poller_new(void)
{
    fd_poller *p = mem_alloc(sizeof *p);
    if (!p) {
        errno = ENOMEM;
        return NULL;
    }
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll >= 0)
        return p;
    const int failed = errno;
    mem_free(p);
    errno = failed;
    return NULL;
}

void fd_poller_free(fd_poller *p)
{
    if (p)
        close(p->epoll);
    mem_free(p);
}

int fd_poller_add(fd_poller *p, int fd, bool writes, void *user)
{
    struct epoll_event event = {.events = writes ? EPOLLOUT : EPOLLIN, .data.ptr = user};
    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void fd_poller_remove(fd_poller *p, int fd)
{
    (void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, NULL);
}

size_t fd_poller_wait(fd_poller *p, bool blocks, void **users, size_t max)
{
    enum { EVENTS = 32 };
    struct epoll_event events[EVENTS];
    const int count = epoll_wait(p->epoll, events, max < EVENTS ? (int)max : EVENTS, blocks ? -1 : 0);
    for (int i = 0; i < count; i++)
        users[i] = events[i].data.ptr;
    return count < 0 ? 0 : (size_t)count;
}
