/* An HTTP proxy: CONNECT, and requests with a whole URL. A thread accepts, and each connection has a thread.
 */
#include "connect_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 128, MAX_HEADER = 8192, PIECE = 16384 };

typedef struct connection {
    connect_proxy *proxy;
    pthread_t thread;
    int fd;
    char header[MAX_HEADER + 1];
} connection;

struct connect_proxy {
    int listener, port;
    const char *answer;
    pthread_t thread;
    pthread_mutex_t lock;
    /* Protected by the lock. */
    size_t count;
    connection *connections[MAX_CONNECTIONS];
};

static void die(const char *what)
{
    fprintf(stderr, "the proxy for the tests: %s: %s\n", what, strerror(errno));
    abort();
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* Reads up to the end of the header. Returns the number of bytes; 0: there is none. */
static size_t read_header(connection *c, char *header)
{
    size_t size = 0;
    while (size < MAX_HEADER) {
        const ssize_t n = recv(c->fd, header + size, MAX_HEADER - size, 0);
        if (n <= 0)
            return 0;
        size += (size_t)n;
        header[size] = '\0';
        if (strstr(header, "\r\n\r\n"))
            return size;
    }
    return 0;
}

static int dial(int port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* `to` -1: drops the bytes. False: the connection has ended. */
static bool move(int from, int to)
{
    char piece[PIECE];
    const ssize_t n = recv(from, piece, sizeof piece, 0);
    return n > 0 && (to < 0 || send_all(to, piece, (size_t)n));
}

static void relay(int client, int server)
{
    for (;;) {
        struct pollfd both[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        if (poll(both, 2, -1) < 0)
            continue;
        if ((both[0].revents && !move(client, server)) || (both[1].revents && !move(server, client)))
            return;
    }
}

/* Connects to the server of the request's first line and sends it what the client sent for it. -1: failed. */
static int open_server(const connection *c, const char *header, size_t size)
{
    const bool tunnel = strncmp(header, "CONNECT ", 8) == 0;
    const char *host = tunnel ? header + 8 : strstr(header, "http://");
    const char *authority = host ? host + (tunnel ? 0 : strlen("http://")) : "";
    const size_t length = strcspn(authority, "/ ");
    const char *colon = memchr(authority, ':', length);
    const int server = dial(colon ? atoi(colon + 1) : 80);
    const char *rest = authority + length;
    const char *end = strstr(header, "\r\n\r\n") + 4;
    bool good = server >= 0;
    if (good && tunnel)
        good = send_all(c->fd, "HTTP/1.1 200 OK\r\n\r\n", 19) &&
               send_all(server, end, size - (size_t)(end - header));
    else if (good) /* "POST http://host:1/path HTTP/1.1" becomes "POST /path HTTP/1.1" */
        good = send_all(server, header, (size_t)(host - header)) &&
               send_all(server, rest, size - (size_t)(rest - header));
    if (good || server < 0)
        return server;
    close(server);
    return -1;
}

static void *serve(void *data)
{
    connection *c = data;
    char header[MAX_HEADER + 1];
    const size_t size = read_header(c, header);
    pthread_mutex_lock(&c->proxy->lock);
    if (size > 0)
        memcpy(c->header, header, size + 1);
    pthread_mutex_unlock(&c->proxy->lock);
    if (size > 0 && c->proxy->answer) {
        send_all(c->fd, c->proxy->answer, strlen(c->proxy->answer));
        shutdown(c->fd, SHUT_WR);
        while (move(c->fd, -1)) /* until the client closes */
            continue;
        return NULL;
    }
    const int server = size > 0 ? open_server(c, header, size) : -1;
    if (server >= 0) {
        relay(c->fd, server);
        close(server);
    }
    shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *data)
{
    connect_proxy *p = data;
    int fd;
    while ((fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        connection *c = calloc(1, sizeof *c);
        if (!c || p->count == MAX_CONNECTIONS)
            die("too many connections");
        c->proxy = p;
        c->fd = fd;
        pthread_mutex_lock(&p->lock);
        p->connections[p->count++] = c;
        if (pthread_create(&c->thread, NULL, serve, c) != 0)
            die("no thread");
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

connect_proxy *connect_proxy_start(const char *answer)
{
    connect_proxy *p = calloc(1, sizeof *p);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (!p)
        die("not started");
    p->answer = answer;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_mutex_init(&p->lock, NULL);
    if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&address, &size) != 0 || listen(p->listener, 64) != 0 ||
        pthread_create(&p->thread, NULL, accept_all, p) != 0)
        die("not started");
    p->port = ntohs(address.sin_port);
    return p;
}

int connect_proxy_port(const connect_proxy *p)
{
    return p->port;
}

int connect_proxy_count(connect_proxy *p, const char *part)
{
    int count = 0;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->count; i++)
        count += *p->connections[i]->header && strstr(p->connections[i]->header, part);
    pthread_mutex_unlock(&p->lock);
    return count;
}

void connect_proxy_stop(connect_proxy *p)
{
    shutdown(p->listener, SHUT_RDWR); /* ends accept4() */
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < p->count; i++) {
        shutdown(p->connections[i]->fd, SHUT_RDWR);
        pthread_join(p->connections[i]->thread, NULL);
        close(p->connections[i]->fd);
        free(p->connections[i]);
    }
    close(p->listener);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
