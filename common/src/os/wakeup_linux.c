/* wakeup_linux.c: an eventfd. Called by the loop of descriptors and the queue of callbacks, on any thread. */
#include "os/wakeup.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wakeup_open(wakeup *w)
{
    w->fd = w->raising_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return w->fd < 0 ? errno : 0;
}

void wakeup_close(wakeup *w)
{
    if (w->fd >= 0)
        close(w->fd);
    *w = WAKEUP_INIT;
}

void wakeup_raise(const wakeup *w)
{
    eventfd_write(w->raising_fd, 1);
}

void wakeup_lower(const wakeup *w)
{
    eventfd_t count;
    eventfd_read(w->fd, &count);
}
