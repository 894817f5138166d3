/*
 * sockets.c: keeps account of the sockets that libcurl opens and closes. Called by http.c and from libcurl's
 * callbacks, on the poller's thread.
 */
#include "http/sockets.h"

#include "core/clock.h"
#include "mem.h"
#include "os/descriptors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct http_socket {
    list_node node;
    int fd;
    /* The local port, once the socket is connected. */
    int port;
    /* Shut down by this unit; libcurl has not closed it yet. */
    bool shut;
    /* The exchange that uses it; NULL: none. */
    void *user;
    /* When the last exchange has ended, while there is none. */
    int64_t idle_since_ns;
    /* The bytes received before that exchange. */
    uint64_t received;
} http_socket;

static http_socket *socket_of(list_node *node)
{
    return node ? CONTAINER_OF(node, http_socket, node) : NULL;
}

static uint64_t received_since(int fd, uint64_t before)
{
    uint64_t bytes;
    return descriptor_received(fd, &bytes) ? bytes - before : RECEIVED_UNKNOWN;
}

static void count(http_sockets *s, int change)
{
    s->count += (size_t)change;
    if (s->counter)
        atomic_store_explicit(s->counter, s->count, memory_order_relaxed);
}

int http_socket_open(http_sockets *s, int family, int type, int protocol, void *user)
{
    http_socket *made = mem_alloc(sizeof *made);
    if (!made) {
        errno = ENOMEM;
        return -1;
    }
    *made = (http_socket){.fd = descriptor_socket(family, type, protocol), .user = user};
    const int fd = made->fd;
    if (fd < 0) {
        mem_free(made);
        return -1;
    }
    list_append(&s->all, &made->node);
    count(s, 1);
    return fd;
}

static void forget(http_sockets *s, http_socket *dropped)
{
    list_remove(&s->all, &dropped->node);
    if (!dropped->shut)
        count(s, -1);
    mem_free(dropped);
}

static http_socket *find_socket(const http_sockets *s, int fd)
{
    list_node *node = s->all.first;
    while (node && socket_of(node)->fd != fd)
        node = node->next;
    return socket_of(node);
}

void *http_socket_user(const http_sockets *s, int fd)
{
    const http_socket *found = find_socket(s, fd);
    return found ? found->user : NULL;
}

int http_socket_close(http_sockets *s, int fd)
{
    http_socket *closed = find_socket(s, fd);
    if (closed) {
        s->last_user = closed->user;
        s->last_received = received_since(fd, closed->received);
        forget(s, closed);
    }
    return close(fd);
}

uint64_t http_sockets_received(const http_sockets *s, const void *user)
{
    return s->last_user == user ? s->last_received : 0;
}

void http_sockets_clear(http_sockets *s)
{
    while (!list_is_empty(&s->all))
        forget(s, socket_of(s->all.first));
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

enum { PIECE = 512, MAX_PIECES = 64 };

static void shut(http_sockets *s, http_socket *each)
{
    shutdown(each->fd, SHUT_RDWR);
    each->shut = true;
    count(s, -1);
}

/* Whether the peer of an idle socket has closed it, or announces the end: a server sends nothing else on an
 * idle connection. */
static bool is_closed_by_peer(int fd)
{
    char piece[PIECE];
    ssize_t size = 0;
    int pieces = 0;
    while (pieces < MAX_PIECES && (size = recv(fd, piece, sizeof piece, MSG_DONTWAIT)) > 0)
        pieces++;
    return pieces > 0 || size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* Whether the socket, which libcurl reuses, is still open. */
static bool check_reused(http_sockets *s, http_socket *reused)
{
    if (!reused->shut && is_closed_by_peer(reused->fd))
        shut(s, reused);
    return !reused->shut;
}

/* Takes the socket from its former user, even if that exchange has not ended. The other sockets of `user`
 * were attempts to connect, whose end libcurl does not always report. */
socket_use http_socket_use(http_sockets *s, int local_port, void *user)
{
    bool found = false;
    socket_use use = SOCKET_NEW;
    list_node *next;
    for (list_node *node = s->all.first; node; node = next) {
        http_socket *each = socket_of(node);
        next = node->next;
        if (port_of(each->fd) == local_port) {
            found = true;
            use = each->port == 0 ? SOCKET_NEW : SOCKET_REUSED;
            if (use == SOCKET_REUSED && each->user != user && !check_reused(s, each)) {
                use = SOCKET_CLOSED;
                continue;
            }
            each->user = user;
            each->port = local_port;
            if (!descriptor_received(each->fd, &each->received))
                each->received = 0;
        } else if (each->user == user) {
            forget(s, each);
        }
    }
    s->blind |= !found;
    return use;
}

void http_sockets_leave(http_sockets *s, const void *user, int64_t now_ns)
{
    list_node *next;
    for (list_node *node = s->all.first; node; node = next) {
        http_socket *each = socket_of(node);
        next = node->next;
        if (each->user == user && each->port == 0) /* an attempt to connect */
            forget(s, each);
        else if (each->user == user) {
            each->user = NULL;
            each->idle_since_ns = now_ns;
        }
    }
}

static bool is_idle(const http_socket *each)
{
    return !each->user && !each->shut && port_of(each->fd) == each->port; /* still the same socket */
}

int64_t http_sockets_close_idle(http_sockets *s, int64_t since_ns)
{
    int64_t oldest = CLOCK_NEVER;
    for (list_node *node = s->blind ? NULL : s->all.first; node; node = node->next) {
        http_socket *each = socket_of(node);
        if (!is_idle(each))
            continue;
        if (each->idle_since_ns <= since_ns)
            shut(s, each);
        else if (each->idle_since_ns < oldest)
            oldest = each->idle_since_ns;
    }
    return oldest;
}

void http_sockets_trim(http_sockets *s, size_t kept)
{
    size_t idle = 0;
    for (list_node *node = s->blind ? NULL : s->all.first; node; node = node->next)
        if (is_idle(socket_of(node)) && ++idle > kept)
            shut(s, socket_of(node));
}
