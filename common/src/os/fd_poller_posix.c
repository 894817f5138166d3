/* fd_poller_posix.c: poll. Called by core/fd_loop.c, on its thread. */
#include "os/fd_poller.h"

#include "mem.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

struct fd_poller {
    /* The descriptors, and the user of each one. */
    struct pollfd *fds;
    void **users;
    size_t count, space;
    /* Where the next wait looks for a ready one first, so that each one has its turn. */
    size_t next;
};

fd_poller *fd_poller_new(void)
{
    fd_poller *p = mem_calloc(1, sizeof *p);
    if (!p)
        errno = ENOMEM;
    return p;
}

void fd_poller_free(fd_poller *p)
{
    if (!p)
        return;
    mem_free(p->fds);
    mem_free(p->users);
    mem_free(p);
}

static bool grow(fd_poller *p)
{
    const size_t space = p->space ? 2 * p->space : 8;
    struct pollfd *fds = mem_realloc(p->fds, space * sizeof *fds);
    if (!fds)
        return false;
    p->fds = fds;
    void **users = mem_realloc(p->users, space * sizeof *users);
    if (!users)
        return false;
    p->users = users;
    p->space = space;
    return true;
}

/* Files, and the device that is the most frequent one. Other devices may block. */
static bool is_always_ready(const struct stat *status)
{
    struct stat null_device;
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) ||
           (S_ISCHR(status->st_mode) && stat("/dev/null", &null_device) == 0 &&
            null_device.st_rdev == status->st_rdev);
}

int fd_poller_add(fd_poller *p, int fd, bool writes, void *user)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (is_always_ready(&status))
        return EPERM;
    if (p->count == p->space && !grow(p))
        return ENOMEM;
    p->fds[p->count] = (struct pollfd){.fd = fd, .events = writes ? POLLOUT : POLLIN};
    p->users[p->count++] = user;
    return 0;
}

void fd_poller_remove(fd_poller *p, int fd)
{
    size_t i = 0;
    while (i < p->count && p->fds[i].fd != fd)
        i++;
    if (i == p->count)
        return;
    p->count--;
    p->fds[i] = p->fds[p->count];
    p->users[i] = p->users[p->count];
}

size_t fd_poller_wait(fd_poller *p, bool blocks, void **users, size_t max)
{
    size_t found = 0;
    if (poll(p->fds, (nfds_t)p->count, blocks ? -1 : 0) <= 0)
        return 0;
    const size_t first = p->count > 0 ? p->next % p->count : 0;
    for (size_t i = 0; i < p->count && found < max; i++) {
        const size_t at = (first + i) % p->count;
        if (p->fds[at].revents) {
            users[found++] = p->users[at];
            p->next = at + 1;
        }
    }
    return found;
}
