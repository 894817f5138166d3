/*
 * forward.c: the listeners and connections of forwards. Core thread only, except forwards_json.
 */
#include "machine/forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/watch.h"
#include "machine/machines.h"

enum { BUFFER_BYTES = 64 * 1024, TURNS = 16, RETRY_ACCEPT_MS = 100 };

/* One direction of a connection. It has its own descriptors, so that each can be watched separately. */
typedef struct {
    struct connection *c;
    watch in, out;
    /* The part of the buffer that is not written yet. */
    size_t begin, end;
    bool ended;
    unsigned char buffer[BUFFER_BYTES];
} flow;

typedef struct connection {
    /* The forward's ring. */
    struct connection *next, *prev;
    /* NULL: the forward was closed while the box was waking. */
    forward *f;
    machine *m;
    int client;
    bool waking;
    /* Client to box, box to client. */
    flow flows[2];
} connection;

struct forward {
    /* The ring of all forwards. */
    struct forward *next, *prev;
    machine *m;
    const char *kind;
    char name[64];
    /* A copy, since only the core thread may read the machine's name. */
    char machine_name[64];
    uint16_t local_port, port;
    watch listener;
    loop_timer retry;
    /* The head of a ring. */
    connection connections;
};

/* The core thread takes the lock to change the ring and the members that forwards_json reads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static forward forwards = {.next = &forwards, .prev = &forwards};

/* ---- a connection ---- */

static void end_watch(watch *w)
{
    int fd = w->fd;
    watch_end(w);
    if (fd >= 0)
        close(fd);
}

static void end_connection(connection *c)
{
    for (int i = 0; i < 2; i++) {
        end_watch(&c->flows[i].in);
        end_watch(&c->flows[i].out);
    }
    if (c->client >= 0)
        close(c->client);
    if (c->f != NULL) {
        c->next->prev = c->prev;
        c->prev->next = c->next;
        c->m->connections--;
        c->m->active_ms = now_ms();
    }
    machine_unref(c->m);
    free(c);
}

static void finish_flow(flow *f)
{
    connection *c = f->c;
    f->ended = true;
    (void)shutdown(f->out.fd, SHUT_WR);
    if (c->flows[0].ended && c->flows[1].ended)
        end_connection(c);
}

static bool would_block(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void run_flow(flow *f)
{
    for (int turn = 0; turn < TURNS; turn++) { /* bounded, so that the core thread serves others too */
        while (f->begin < f->end) {
            ssize_t n = send(f->out.fd, f->buffer + f->begin, f->end - f->begin, MSG_NOSIGNAL);
            if (would_block(n)) {
                watch_arm(&f->out, EPOLLOUT);
                return;
            }
            if (n < 0) {
                end_connection(f->c);
                return;
            }
            f->begin += (size_t)n;
        }
        ssize_t n = read(f->in.fd, f->buffer, sizeof f->buffer);
        if (would_block(n))
            break;
        if (n < 0) {
            end_connection(f->c);
            return;
        }
        if (n == 0) {
            finish_flow(f);
            return;
        }
        f->begin = 0;
        f->end = (size_t)n;
    }
    if (f->begin < f->end)
        watch_arm(&f->out, EPOLLOUT);
    else
        watch_arm(&f->in, EPOLLIN);
}

static void in_ready(watch *w)
{
    run_flow(container_of(w, flow, in));
}

static void out_ready(watch *w)
{
    run_flow(container_of(w, flow, out));
}

/* The connection to the box was established or refused. */
static void connected(watch *w)
{
    connection *c = container_of(w, flow, out)->c;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        end_connection(c);
        return;
    }
    w->ready = out_ready;
    watch_arm(&c->flows[0].in, EPOLLIN);
    watch_arm(&c->flows[1].in, EPOLLIN);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

/* Sets up both sockets, with a second descriptor of each. False: out of descriptors. */
static bool open_flows(connection *c, int server)
{
    int client = c->client;
    c->client = -1;
    watch_init(&c->flows[0].in, client, in_ready);
    watch_init(&c->flows[1].in, server, in_ready);
    watch_init(&c->flows[0].out, fcntl(server, F_DUPFD_CLOEXEC, 0), connected);
    watch_init(&c->flows[1].out, fcntl(client, F_DUPFD_CLOEXEC, 0), out_ready);
    return server >= 0 && c->flows[0].out.fd >= 0 && c->flows[1].out.fd >= 0;
}

static void box_awake(void *data, int code, const char *why)
{
    connection *c = data;
    (void)why;
    c->waking = false;
    if (code == 0)
        machine_release(c->m); /* only to wake the box, which may go down while the connection is open */
    if (code != 0 || c->f == NULL) {
        end_connection(c);
        return;
    }
    struct sockaddr_in address = loopback(c->f->port);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!open_flows(c, server) ||
        (connect(server, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)) {
        end_connection(c);
        return;
    }
    watch_arm(&c->flows[0].out, EPOLLOUT);
}

static void start_connection(forward *f, int client)
{
    connection *c = xcalloc(1, sizeof *c);
    c->f = f;
    c->m = f->m;
    c->client = client;
    for (int i = 0; i < 2; i++) {
        c->flows[i].c = c;
        watch_init(&c->flows[i].in, -1, NULL);
        watch_init(&c->flows[i].out, -1, NULL);
    }
    c->next = f->connections.next;
    c->prev = &f->connections;
    c->next->prev = c->prev->next = c;
    machine_ref(c->m);
    c->m->connections++;
    c->m->last_connected_ms = wall_ms();
    c->waking = true;
    machine_acquire(c->m, box_awake, c);
}

/* ---- the listener ---- */

static void accept_again(loop_timer *timer)
{
    watch_arm(&container_of(timer, forward, retry)->listener, EPOLLIN);
}

static void accept_ready(watch *w)
{
    forward *f = container_of(w, forward, listener);
    int client = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0)
        start_connection(f, client);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        /* Out of descriptors: the connection stays in the queue, and an immediate retry would fail again. */
        loop_timer_start(&f->retry, RETRY_ACCEPT_MS, accept_again);
        return;
    }
    watch_arm(w, EPOLLIN);
}

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
                    getsockname(fd, (struct sockaddr *)&address, &size) != 0)) {
        close(fd);
        fd = -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

forward *forward_open(machine *m, const char *kind, const char *name, uint16_t port)
{
    uint16_t local_port;
    int fd = listen_on_loopback(&local_port);
    if (fd < 0)
        return NULL;
    forward *f = xcalloc(1, sizeof *f);
    f->m = m;
    f->kind = kind;
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    (void)snprintf(f->machine_name, sizeof f->machine_name, "%s", m->name);
    f->local_port = local_port;
    f->port = port;
    f->connections.next = f->connections.prev = &f->connections;
    watch_init(&f->listener, fd, accept_ready);
    watch_arm(&f->listener, EPOLLIN);
    pthread_mutex_lock(&lock);
    f->next = &forwards;
    f->prev = forwards.prev;
    f->prev->next = f->next->prev = f;
    pthread_mutex_unlock(&lock);
    return f;
}

uint16_t forward_local_port(const forward *f)
{
    return f->local_port;
}

void forward_set_port(forward *f, uint16_t port)
{
    pthread_mutex_lock(&lock);
    f->port = port;
    pthread_mutex_unlock(&lock);
}

void forward_renamed(forward *f)
{
    pthread_mutex_lock(&lock);
    (void)snprintf(f->machine_name, sizeof f->machine_name, "%s", f->m->name);
    pthread_mutex_unlock(&lock);
}

void forward_close(forward *f)
{
    if (f == NULL)
        return;
    pthread_mutex_lock(&lock);
    f->next->prev = f->prev;
    f->prev->next = f->next;
    pthread_mutex_unlock(&lock);
    for (connection *c = f->connections.next, *next; c != &f->connections; c = next) {
        next = c->next;
        if (c->waking) { /* box_awake() ends it */
            c->f = NULL;
            c->m->connections--;
        } else {
            end_connection(c);
        }
    }
    loop_timer_stop(&f->retry);
    end_watch(&f->listener);
    free(f);
}

json_t *forwards_json(void)
{
    json_t *list = json_array();
    pthread_mutex_lock(&lock);
    for (const forward *f = forwards.next; f != &forwards; f = f->next) {
        char address[32], domain[256];
        (void)snprintf(address, sizeof address, "127.0.0.1:%u", f->local_port);
        (void)snprintf(domain, sizeof domain, "%s%s%s.%s", f->name, f->name[0] ? "." : "", f->machine_name,
                       machine_settings.domain);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "kind", f->kind, "vm_id",
                                              f->m->id, "vm_name", f->machine_name, "name", f->name, "domain",
                                              domain, "address", address, "port", f->port));
    }
    pthread_mutex_unlock(&lock);
    return list;
}
