/*
 * wakeup.c: finds the wake-up sockets of a libcurl multi handle. Called by http_new(), on the thread that
 * opens a client.
 */
#include "http/wakeup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Candidates: two, unless other threads open clients at this moment. */
enum { MAX_BUSY = 8 };

/* Whether `fd` is one end of a socket pair within this process that has unread bytes. */
static bool is_busy_pair(int fd)
{
    struct ucred peer;
    int domain = 0, unread = 0, unsent = 0;
    socklen_t domain_size = sizeof domain, peer_size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) == 0 && domain == AF_UNIX &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 && peer.pid == getpid() &&
           ioctl(fd, FIONREAD, &unread) == 0 && ioctl(fd, SIOCOUTQ, &unsent) == 0 && unread + unsent > 0;
}

/* libcurl does not say which descriptors they are. A wake-up makes them busy, and a wait makes them idle
 * again. */
bool http_wakeup_close_on_exec(CURLM *multi)
{
    int busy[MAX_BUSY], count = 0;
    if (curl_multi_wakeup(multi) != CURLM_OK)
        return false;
    DIR *descriptors = opendir("/proc/self/fd");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the directory stream is not shared */
    for (struct dirent *entry; descriptors && count < MAX_BUSY && (entry = readdir(descriptors));) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && !(flags & FD_CLOEXEC) && is_busy_pair(fd))
            busy[count++] = fd;
    }
    if (descriptors)
        closedir(descriptors);
    curl_multi_poll(multi, NULL, 0, 0, NULL);
    for (int i = 0; i < count; i++)
        if (!is_busy_pair(busy[i]))
            fcntl(busy[i], F_SETFD, FD_CLOEXEC);
    return true;
}
