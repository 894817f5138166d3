#include "bad_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_ACTS = 16, MAX_CONNECTIONS = 64, MAX_REQUEST = 16 * 1024, DRIP_MS = 20 };

typedef struct connection {
    int fd; /* -1: free */
    bad_act act;
    char request[MAX_REQUEST + 1];
    size_t request_size;
    bool answering;
    size_t sent;
} connection;

struct bad_server {
    int listener, port, stop[2];
    pthread_t thread;
    bad_act acts[MAX_ACTS];
    size_t act_count;
    atomic_int accepted;
    pthread_mutex_t lock;
    char latest[MAX_REQUEST + 1];            /* lock: the last whole request; ... */
    char shown[MAX_REQUEST + 1];             /* ... the same for the test's thread */
    connection connections[MAX_CONNECTIONS]; /* its thread only */
};

static void die(const char *what)
{
    fprintf(stderr, "the bad server for the tests: %s: %s\n", what, strerror(errno));
    abort();
}

static int bind_loopback(int *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        die("no port");
    *port = ntohs(address.sin_port);
    return fd;
}

int bad_server_closed_port(int *port)
{
    return bind_loopback(port);
}

/* ---- its thread ---- */

static void hang_up(connection *c)
{
    close(c->fd);
    c->fd = -1;
}

static void accept_one(bad_server *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    size_t index = (size_t)atomic_load(&s->accepted), i = 0;
    while (i < MAX_CONNECTIONS && s->connections[i].fd >= 0)
        i++;
    if (i == MAX_CONNECTIONS)
        die("too many connections");
    connection *c = &s->connections[i];
    *c = (connection){.fd = fd, .act = s->acts[index < s->act_count ? index : s->act_count - 1]};
    c->answering = c->act.behaviour == BAD_BYTES;
    if (c->act.behaviour == BAD_CLOSE)
        hang_up(c);
    atomic_fetch_add(&s->accepted, 1);
}

/* Whether the request is here with as much of a body as it announces. */
static bool request_is_whole(connection *c)
{
    c->request[c->request_size] = '\0';
    const char *body = strstr(c->request, "\r\n\r\n");
    const char *length = strcasestr(c->request, "\r\nContent-Length:");
    if (!body)
        return false;
    size_t wanted = length && length < body ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    return c->request_size - (size_t)(body + 4 - c->request) >= wanted;
}

/* What comes after a whole request, or while nothing is to be answered, is read and dropped. */
static void read_some(bad_server *s, connection *c)
{
    bool keep = !c->answering && c->act.behaviour != BAD_SILENT;
    char waste[4096];
    if (keep && c->request_size == MAX_REQUEST)
        die("a request is too long");
    ssize_t n = recv(c->fd, keep ? c->request + c->request_size : waste,
                     keep ? MAX_REQUEST - c->request_size : sizeof waste, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        hang_up(c);
    } else if (keep && n > 0) {
        c->request_size += (size_t)n;
        c->answering = request_is_whole(c);
    }
    if (!keep || !c->answering)
        return;
    pthread_mutex_lock(&s->lock);
    memcpy(s->latest, c->request, c->request_size + 1);
    pthread_mutex_unlock(&s->lock);
}

static void send_some(connection *c)
{
    const char *text = c->act.text ? c->act.text : "";
    size_t left = strlen(text) - c->sent;
    if (left > 0) {
        ssize_t n = send(c->fd, text + c->sent, c->act.behaviour == BAD_DRIP ? 1 : left, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            hang_up(c);
        else if (n > 0)
            c->sent += (size_t)n;
    } else {
        shutdown(c->fd, SHUT_WR); /* and wait for the other side, lest a reset overtakes the answer */
        c->answering = false;
        c->act.behaviour = BAD_SILENT;
    }
}

/* Polls once. False: to be stopped. */
static bool turn(bad_server *s)
{
    struct pollfd polled[MAX_CONNECTIONS + 2] = {{.fd = s->stop[0], .events = POLLIN},
                                                 {.fd = s->listener, .events = POLLIN}};
    int timeout = -1;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        const connection *c = &s->connections[i];
        bool drips = c->fd >= 0 && c->answering && c->act.behaviour == BAD_DRIP;
        polled[i + 2].fd = c->fd;
        polled[i + 2].events = (short)(c->answering && !drips ? POLLIN | POLLOUT : POLLIN);
        if (drips)
            timeout = DRIP_MS;
    }
    int ready = poll(polled, MAX_CONNECTIONS + 2, timeout);
    if (polled[0].revents)
        return false;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        connection *c = &s->connections[i];
        if (c->fd >= 0 && (polled[i + 2].revents & ~POLLOUT))
            read_some(s, c);
        if (c->fd >= 0 && c->answering && (ready == 0 || (polled[i + 2].revents & POLLOUT)))
            send_some(c);
    }
    if (polled[1].revents)
        accept_one(s);
    return true;
}

static void *run(void *data)
{
    while (turn(data))
        continue;
    return NULL;
}

/* ---- the test's thread ---- */

bad_server *bad_server_start(const bad_act *acts, size_t count)
{
    bad_server *s = calloc(1, sizeof *s);
    if (!s || count == 0 || count > MAX_ACTS || pipe(s->stop) != 0)
        die("not started");
    memcpy(s->acts, acts, count * sizeof *acts);
    s->act_count = count;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        s->connections[i].fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = bind_loopback(&s->port);
    if (listen(s->listener, MAX_CONNECTIONS) != 0)
        die("it cannot listen");
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        die("no thread");
    return s;
}

bad_server *bad_server_start_one(bad_behaviour behaviour, const char *text)
{
    return bad_server_start(&(bad_act){behaviour, text}, 1);
}

int bad_server_port(const bad_server *s)
{
    return s->port;
}

int bad_server_connections(const bad_server *s)
{
    return atomic_load(&s->accepted);
}

const char *bad_server_request(bad_server *s)
{
    pthread_mutex_lock(&s->lock);
    memcpy(s->shown, s->latest, sizeof s->shown);
    pthread_mutex_unlock(&s->lock);
    return s->shown;
}

void bad_server_stop(bad_server *s)
{
    if (!s)
        return;
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        if (s->connections[i].fd >= 0)
            hang_up(&s->connections[i]);
    close(s->listener);
    close(s->stop[0]);
    free(s);
}
