/* A TCP server that misbehaves: each connection is handled by the next act of a list. The server has a
 * thread of its own; the test calls its functions. */
#include "bad_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_ACTS = 16, MAX_CONNECTIONS = 64, MAX_REQUESTS = 1024, MAX_REQUEST = 16 * 1024, DRIP_MS = 20 };

typedef struct connection {
    /* -1: this entry is free. */
    int fd;
    bad_act act;
    char request[MAX_REQUEST + 1];
    size_t request_size, arrived;
    /* The number of the connection's request among all requests. */
    int number;
    int answered;
    bool answering, held;
    /* The rest of the request is not a further one. */
    bool early;
    size_t sent;
} connection;

struct bad_server {
    /* A byte: look at the state again. End of file: stop. */
    int listener, port, wake[2];
    pthread_t thread;
    bad_act acts[MAX_ACTS];
    size_t act_count;
    /* Used by the server's thread only. */
    connection connections[MAX_CONNECTIONS];
    /* Protects the members below. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int counts[BAD_COUNTS];
    char *requests[MAX_REQUESTS];
    int released;
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

/* ---- shared by both threads ---- */

static void add(bad_server *s, bad_count what, int change)
{
    pthread_mutex_lock(&s->lock);
    s->counts[what] += change;
    if (s->counts[BAD_MOST_OPEN] < s->counts[BAD_OPEN])
        s->counts[BAD_MOST_OPEN] = s->counts[BAD_OPEN];
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static int keep_request(bad_server *s, const char *text)
{
    pthread_mutex_lock(&s->lock);
    const int number = s->counts[BAD_REQUESTS];
    if (number == MAX_REQUESTS || !(s->requests[number] = strdup(text)))
        die("too many requests");
    pthread_mutex_unlock(&s->lock);
    add(s, BAD_REQUESTS, 1);
    return number;
}

static bool take_release(bad_server *s)
{
    pthread_mutex_lock(&s->lock);
    const bool released = s->released > 0;
    s->released -= released;
    pthread_mutex_unlock(&s->lock);
    return released;
}

/* ---- its thread ---- */

static void hang_up(bad_server *s, connection *c)
{
    close(c->fd);
    c->fd = -1;
    add(s, BAD_OPEN, -1);
}

static void reset(bad_server *s, connection *c)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    hang_up(s, c);
}

static void accept_one(bad_server *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    size_t index = (size_t)bad_server_connections(s), i = 0;
    while (i < MAX_CONNECTIONS && s->connections[i].fd >= 0)
        i++;
    if (i == MAX_CONNECTIONS)
        die("too many connections");
    connection *c = &s->connections[i];
    *c = (connection){.fd = fd, .act = s->acts[index < s->act_count ? index : s->act_count - 1]};
    c->answering = c->act.behaviour == BAD_BYTES;
    add(s, BAD_OPEN, 1);
    add(s, BAD_CONNECTIONS, 1);
    if (c->act.behaviour == BAD_CLOSE)
        hang_up(s, c);
}

/* Whether the request is complete, with as many body bytes as it announces. */
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

/* Sends nothing more and waits for the peer, so that a reset does not overtake the answer. */
static void end(bad_server *s, connection *c)
{
    shutdown(c->fd, SHUT_WR);
    c->answering = false;
    c->act.behaviour = BAD_SILENT;
    add(s, BAD_ENDED, 1);
}

/* Ends the connection at a request that gets no answer. */
static void refuse_request(bad_server *s, connection *c)
{
    if (c->act.last && send(c->fd, c->act.last, strlen(c->act.last), MSG_NOSIGNAL) < 0)
        die("not sent");
    if (c->act.then_stop) {
        close(s->listener);
        s->listener = -1;
    }
    end(s, c);
}

static void take_request(bad_server *s, connection *c)
{
    c->number = keep_request(s, c->request);
    c->request_size = 0;
    c->sent = 0;
    c->held = c->act.behaviour == BAD_HOLD;
    c->answering = !c->held;
    if (c->act.early > 0 && c->act.behaviour == BAD_KEEP)
        c->early = true;
    if (c->act.behaviour == BAD_KEEP && c->act.answers > 0 && c->answered == c->act.answers)
        refuse_request(s, c);
    c->answered++;
}

/* Keeps the beginning of a request that is answered before it is whole. */
static void read_early(bad_server *s, connection *c)
{
    char piece[4096];
    const ssize_t n = recv(c->fd, piece, sizeof piece, 0);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            hang_up(s, c);
        return;
    }
    const size_t space = MAX_REQUEST - c->request_size, kept = (size_t)n < space ? (size_t)n : space;
    memcpy(c->request + c->request_size, piece, kept);
    c->request_size += kept;
    c->request[c->request_size] = '\0';
    c->arrived += (size_t)n;
    if (c->arrived >= c->act.early)
        take_request(s, c);
}

static bool wants_request(const connection *c)
{
    return !c->answering && !c->held && !c->early && c->act.behaviour != BAD_SILENT;
}

/* Reads and drops what arrives while no answer is wanted, also what follows a complete request. */
static void read_some(bad_server *s, connection *c)
{
    const bool keep = wants_request(c);
    char waste[4096];
    if (keep && c->request_size == MAX_REQUEST)
        die("a request is too long");
    ssize_t n = recv(c->fd, keep ? c->request + c->request_size : waste,
                     keep ? MAX_REQUEST - c->request_size : sizeof waste, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        hang_up(s, c);
    } else if (keep && n > 0) {
        c->request_size += (size_t)n;
        if (request_is_whole(c))
            take_request(s, c);
    }
}

static void finish_answer(bad_server *s, connection *c)
{
    if (c->act.behaviour == BAD_RESET)
        reset(s, c);
    else if (c->act.behaviour == BAD_KEEP || c->act.behaviour == BAD_HOLD)
        c->answering = false;
    else
        end(s, c);
}

static bool drips(const connection *c)
{
    return c->answering && c->act.behaviour == BAD_DRIP && c->sent >= c->act.at_once;
}

static void send_some(bad_server *s, connection *c)
{
    const char *text = c->act.text ? c->act.text : "";
    const size_t size = c->act.size ? c->act.size : strlen(text);
    const size_t piece = c->act.behaviour != BAD_DRIP ? size : drips(c) ? c->sent + 1 : c->act.at_once;
    if (c->sent < size) {
        ssize_t n = send(c->fd, text + c->sent, (piece < size ? piece : size) - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            hang_up(s, c);
        else if (n > 0)
            c->sent += (size_t)n;
    }
    if (c->fd >= 0 && c->sent == size) /* now, because the next request may be on its way */
        finish_answer(s, c);
}

/* Sends the held answers that the test has released, in the order in which their requests came. */
static void release(bad_server *s)
{
    for (;;) {
        connection *first = NULL;
        for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
            connection *c = &s->connections[i];
            if (c->fd >= 0 && c->held && (!first || c->number < first->number))
                first = c;
        }
        if (!first || !take_release(s))
            return;
        first->held = false;
        first->answering = true;
    }
}

static int prepare(bad_server *s, struct pollfd *polled)
{
    int timeout = -1;
    release(s);
    polled[0] = (struct pollfd){.fd = s->wake[0], .events = POLLIN};
    polled[1] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        const connection *c = &s->connections[i];
        const bool sends = c->fd >= 0 && c->answering && !drips(c);
        const bool reads = !(c->early && c->act.deaf);
        polled[i + 2] =
            (struct pollfd){.fd = c->fd, .events = (short)((reads ? POLLIN : 0) | (sends ? POLLOUT : 0))};
        if (c->fd >= 0 && drips(c))
            timeout = DRIP_MS;
    }
    return timeout;
}

/* Polls once. False: the test stops the server. */
static bool turn(bad_server *s)
{
    struct pollfd polled[MAX_CONNECTIONS + 2];
    char waste[64];
    int ready = poll(polled, MAX_CONNECTIONS + 2, prepare(s, polled));
    if (polled[0].revents && read(s->wake[0], waste, sizeof waste) == 0)
        return false;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        connection *c = &s->connections[i];
        if (c->fd >= 0 && (polled[i + 2].revents & ~POLLOUT))
            (c->act.early > 0 && wants_request(c) ? read_early : read_some)(s, c);
        if (c->fd >= 0 && c->answering && (drips(c) ? ready == 0 : (polled[i + 2].revents & POLLOUT) != 0))
            send_some(s, c);
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
    if (!s || count == 0 || count > MAX_ACTS || pipe2(s->wake, O_CLOEXEC) != 0)
        die("not started");
    memcpy(s->acts, acts, count * sizeof *acts);
    s->act_count = count;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->listener = bind_loopback(&s->port);
    if (listen(s->listener, MAX_CONNECTIONS) != 0)
        die("it cannot listen");
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        die("no thread");
    return s;
}

bad_server *bad_server_start_one(bad_behaviour behaviour, const char *text)
{
    return bad_server_start(&(bad_act){.behaviour = behaviour, .text = text}, 1);
}

int bad_server_port(const bad_server *s)
{
    return s->port;
}

int bad_server_count(bad_server *s, bad_count what)
{
    pthread_mutex_lock(&s->lock);
    const int count = s->counts[what];
    pthread_mutex_unlock(&s->lock);
    return count;
}

int bad_server_connections(bad_server *s)
{
    return bad_server_count(s, BAD_CONNECTIONS);
}

void bad_server_wait(bad_server *s, bad_count what, int count)
{
    pthread_mutex_lock(&s->lock);
    while (s->counts[what] != count)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

const char *bad_server_request(bad_server *s, int n)
{
    if (n < 0 || n >= bad_server_count(s, BAD_REQUESTS))
        die("no such request");
    return s->requests[n];
}

void bad_server_release(bad_server *s, int answers)
{
    pthread_mutex_lock(&s->lock);
    s->released += answers;
    pthread_mutex_unlock(&s->lock);
    if (write(s->wake[1], "", 1) != 1)
        die("not woken");
}

void bad_server_stop(bad_server *s)
{
    if (!s)
        return;
    close(s->wake[1]);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        if (s->connections[i].fd >= 0)
            hang_up(s, &s->connections[i]);
    for (int i = 0; i < s->counts[BAD_REQUESTS]; i++)
        free(s->requests[i]);
    close(s->listener);
    close(s->wake[0]);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}
