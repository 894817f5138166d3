#include "http/sockets.h"

#include "mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_socket {
    http_socket *next;
    int fd;
    int port;         /* this side's, once it is connected */
    bool shut;        /* down, by us: libcurl has yet to close it */
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
    if (!made) {
        errno = ENOMEM;
        return -1;
    }
    *made =
        (http_socket){.next = s->first, .fd = socket(family, type | SOCK_CLOEXEC, protocol), .user = user};
    const int fd = made->fd;
    if (fd < 0) {
        mem_free(made);
        return -1;
    }
    s->first = made;
    count(s, 1);
    return fd;
}

/* Forgets *link, and goes on there. */
static void drop(http_sockets *s, http_socket **link)
{
    http_socket *dropped = *link;
    *link = dropped->next;
    if (!dropped->shut)
        count(s, -1);
    mem_free(dropped);
}

int http_socket_close(http_sockets *s, int fd)
{
    http_socket **link = &s->first;
    while (*link && (*link)->fd != fd)
        link = &(*link)->next;
    if (*link)
        drop(s, link);
    return close(fd);
}

void http_sockets_clear(http_sockets *s)
{
    while (s->first)
        drop(s, &s->first);
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) != 0)
        return -1;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* Whoever had it is done with it, though that may not have been told yet. What else `user` has opened was an
 * attempt: libcurl does not tell of the end of each. */
void http_socket_use(http_sockets *s, int local_port, const void *user)
{
    bool found = false;
    http_socket **link = &s->first;
    while (*link) {
        http_socket *each = *link;
        const bool is_it = port_of(each->fd) == local_port;
        found |= is_it;
        if (!is_it && each->user == user) {
            drop(s, link);
            continue;
        }
        if (is_it) {
            each->user = user;
            each->port = local_port;
        }
        link = &each->next;
    }
    s->blind |= !found;
}

void http_sockets_leave(http_sockets *s, const void *user)
{
    http_socket **link = &s->first;
    while (*link) {
        http_socket *each = *link;
        if (each->user == user && each->port == 0) { /* an attempt, too */
            drop(s, link);
            continue;
        }
        if (each->user == user)
            each->user = NULL;
        link = &each->next;
    }
}

enum { PIECE = 512, MOST_PIECES = 64 };

static void shut(http_sockets *s, http_socket *each)
{
    shutdown(each->fd, SHUT_RDWR);
    each->shut = true;
    count(s, -1);
}

static bool is_idle(const http_socket *each)
{
    return !each->user && !each->shut && port_of(each->fd) == each->port; /* still the same socket */
}

static bool says_something(int fd)
{
    char piece[PIECE];
    int pieces = 0;
    while (pieces < MOST_PIECES && recv(fd, piece, sizeof piece, MSG_DONTWAIT) > 0)
        pieces++;
    return pieces > 0;
}

void http_sockets_hear_farewells(http_sockets *s)
{
    for (http_socket *each = s->blind ? NULL : s->first; each; each = each->next)
        if (is_idle(each) && says_something(each->fd))
            shut(s, each);
}

void http_sockets_trim(http_sockets *s, size_t most)
{
    size_t idle = 0;
    for (http_socket *each = s->blind ? NULL : s->first; each; each = each->next)
        if (is_idle(each) && ++idle > most)
            shut(s, each);
}
