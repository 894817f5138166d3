#include "http_sockets.h"

#include "mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_socket {
    http_socket *next;
    int fd;
    const void *user; /* NULL: nobody */
};

static void count(http_sockets *s, int change)
{
    s->count += (size_t)change;
    if (s->counter)
        atomic_store_explicit(s->counter, s->count, memory_order_relaxed);
}

int http_socket_open(http_sockets *s, int family, int type, int protocol, const void *user)
{
    http_socket *made = mem_alloc(sizeof *made);
    if (!made)
        return -1;
    *made = (http_socket){s->first, socket(family, type | SOCK_CLOEXEC, protocol), user};
    const int fd = made->fd;
    if (fd < 0) {
        mem_free(made);
        return -1;
    }
    s->first = made;
    count(s, 1);
    return fd;
}

int http_socket_close(http_sockets *s, int fd)
{
    http_socket **link = &s->first;
    while (*link && (*link)->fd != fd)
        link = &(*link)->next;
    http_socket *closed = *link;
    if (closed) {
        *link = closed->next;
        mem_free(closed);
        count(s, -1);
    }
    return close(fd);
}

static int port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

void http_socket_use(http_sockets *s, int local_port, const void *user)
{
    bool found = false;
    for (http_socket *each = s->first; each; each = each->next) {
        const bool is_it = each->user == user || (!each->user && port_of(each->fd) == local_port);
        if (is_it)
            each->user = user;
        found |= is_it;
    }
    s->blind |= !found;
}

void http_sockets_leave(http_sockets *s, const void *user)
{
    for (http_socket *each = s->first; each; each = each->next)
        if (each->user == user)
            each->user = NULL;
}

enum { PIECE = 512, MOST_PIECES = 64 };

static void hear_farewell(int fd)
{
    char piece[PIECE];
    int pieces = 0;
    while (pieces < MOST_PIECES && recv(fd, piece, sizeof piece, MSG_DONTWAIT) > 0)
        pieces++;
    if (pieces > 0)
        shutdown(fd, SHUT_RDWR);
}

void http_sockets_hear_farewells(http_sockets *s)
{
    for (const http_socket *each = s->blind ? NULL : s->first; each; each = each->next)
        if (!each->user)
            hear_farewell(each->fd);
}
