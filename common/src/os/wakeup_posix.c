/*
 * wakeup_posix.c: a pipe that does not block. Called by the loop of descriptors and the queue of callbacks,
 * on any thread.
 */
#include "os/descriptors.h"
#include "os/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int set_nonblocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? errno : 0;
}

int wakeup_open(wakeup *w)
{
    int ends[2];
    *w = WAKEUP_INIT;
    if (descriptor_pipe(ends) != 0)
        return errno;
    *w = (wakeup){ends[0], ends[1]};
    const int reading = set_nonblocking(ends[0]), writing = set_nonblocking(ends[1]);
    if (reading || writing)
        wakeup_close(w);
    return reading ? reading : writing;
}

void wakeup_close(wakeup *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        close(w->raising_fd);
    }
    *w = WAKEUP_INIT;
}

/* A pipe that is full is raised already. */
void wakeup_raise(const wakeup *w)
{
    while (write(w->raising_fd, "", 1) < 0 && errno == EINTR)
        continue;
}

void wakeup_lower(const wakeup *w)
{
    char bytes[256];
    ssize_t size;
    do {
        size = read(w->fd, bytes, sizeof bytes);
    } while (size > 0 || (size < 0 && errno == EINTR));
}
