/*
 * sockets.c: see sockets.h. Any thread.
 */
#include "base/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The port of the peer identifies a connection, since all clients are on this host. */
static int peer_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    if (address.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return -1;
}

void sockets_shutdown_peer(const char *peer)
{
    const char *colon = strrchr(peer, ':');
    int port = colon ? (int)strtol(colon + 1, NULL, 10) : 0;
    DIR *dir = port > 0 ? opendir("/proc/self/fd") : NULL;
    if (dir == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): private */
        int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && peer_port(fd) == port)
            (void)shutdown(fd, SHUT_RDWR);
    }
    closedir(dir);
}
