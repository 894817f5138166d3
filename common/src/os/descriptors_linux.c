/* descriptors_linux.c: descriptors on Linux. Called by core, http and boxd/process, on any thread. */
#include "os/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int descriptor_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

int descriptor_socket(int family, int type, int protocol)
{
    return socket(family, type | SOCK_CLOEXEC, protocol);
}

int descriptor_socket_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

ssize_t descriptor_send(int fd, const void *bytes, size_t size)
{
    return send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int descriptor_reopen(int fd, bool writes)
{
    char path[32], name[32];
    if (ptsname_r(fd, name, sizeof name) == 0)
        return -1;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, (writes ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool descriptor_received(int fd, uint64_t *bytes)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    *bytes = info.tcpi_bytes_received;
    return true;
}

bool descriptor_is_busy_pair(int fd)
{
    struct ucred peer;
    int domain = 0, unread = 0, unsent = 0;
    socklen_t domain_size = sizeof domain, peer_size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) == 0 && domain == AF_UNIX &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 && peer.pid == getpid() &&
           ioctl(fd, FIONREAD, &unread) == 0 && ioctl(fd, SIOCOUTQ, &unsent) == 0 && unread + unsent > 0;
}

size_t descriptor_find_busy_pairs(int *fds, size_t max)
{
    size_t count = 0;
    DIR *descriptors = opendir("/proc/self/fd");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the directory stream is not shared */
    for (struct dirent *entry; descriptors && count < max && (entry = readdir(descriptors));) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && !(flags & FD_CLOEXEC) && descriptor_is_busy_pair(fd))
            fds[count++] = fd;
    }
    if (descriptors)
        closedir(descriptors);
    return count;
}
