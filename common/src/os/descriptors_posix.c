/*
 * descriptors_posix.c: descriptors without what only Linux has. Called by core, http and boxd/process, on any
 * thread.
 */
#include "os/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined MSG_NOSIGNAL
enum { SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL };
#else
enum { SEND_FLAGS = MSG_DONTWAIT };
#endif

static void close_on_exec(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int descriptor_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return -1;
    close_on_exec(ends[0]);
    close_on_exec(ends[1]);
    return 0;
}

int descriptor_socket(int family, int type, int protocol)
{
    const int fd = socket(family, type, protocol);
    if (fd >= 0)
        close_on_exec(fd);
    return fd;
}

static void without_signal(int fd)
{
#if defined SO_NOSIGPIPE
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
    (void)fd;
#endif
}

int descriptor_socket_pair(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        close_on_exec(ends[i]);
        without_signal(ends[i]);
    }
    return 0;
}

ssize_t descriptor_send(int fd, const void *bytes, size_t size)
{
    return send(fd, bytes, size, SEND_FLAGS);
}

/* The caller then asks before each step whether the descriptor is ready. */
int descriptor_reopen(int fd, bool writes)
{
    (void)fd;
    (void)writes;
    errno = ENOTSUP;
    return -1;
}

bool descriptor_received(int fd, uint64_t *bytes)
{
    (void)fd;
    *bytes = 0;
    return false;
}

bool descriptor_is_busy_pair(int fd)
{
    (void)fd;
    return false;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): other systems write to it */
size_t descriptor_find_busy_pairs(int *fds, size_t max)
{
    (void)fds;
    (void)max;
    return 0;
}
