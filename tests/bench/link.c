/*
 * boxd-bench-link: a TCP proxy that stands for a long path. Each direction of a connection carries at most so
 * many bytes per second, and delays them by half of the round-trip time: one thread reads what is sent and
 * computes when it arrives, another one writes it then.
 */
#include "contestant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 64 * 1024,
    /* What waits before the line, as in the buffer of a router; beyond it the sender waits. */
    BUFFER_BYTES = 1024 * 1024
};

typedef struct piece {
    struct piece *next;
    /* When the last byte arrives. */
    double arrives;
    size_t size;
    char bytes[PIECE_BYTES];
} piece;

typedef struct direction {
    int from, to;
    /* Used by the reading thread: when the line has carried all bytes so far. */
    double free_at;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under way, the oldest first; protected by the lock. */
    piece *first, *last;
    bool ended;
} direction;

static double delay_s, bytes_per_s;
static in_port_t target_port;

static void sleep_until(double when)
{
    const struct timespec t = {(time_t)when, (long)((when - (double)(time_t)when) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

/* NULL ends the direction. */
static void push(direction *d, piece *p)
{
    pthread_mutex_lock(&d->lock);
    if (!p)
        d->ended = true;
    else if (d->first)
        d->last = d->last->next = p;
    else
        d->first = d->last = p;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static piece *pop(direction *d)
{
    pthread_mutex_lock(&d->lock);
    while (!d->first && !d->ended)
        pthread_cond_wait(&d->changed, &d->lock);
    piece *p = d->first;
    if (p)
        d->first = p->next;
    pthread_mutex_unlock(&d->lock);
    return p;
}

static void *read_direction(void *data)
{
    direction *d = data;
    for (;;) {
        piece *p = allocate(1, sizeof *p);
        const ssize_t size = read(d->from, p->bytes, sizeof p->bytes);
        if (size <= 0) {
            free(p);
            push(d, NULL);
            return NULL;
        }
        const double time = now();
        p->size = (size_t)size;
        d->free_at = (d->free_at > time ? d->free_at : time) + (double)size / bytes_per_s;
        p->arrives = d->free_at + delay_s;
        push(d, p);
        sleep_until(d->free_at - BUFFER_BYTES / bytes_per_s);
    }
}

static void *write_direction(void *data)
{
    direction *d = data;
    piece *p;
    while ((p = pop(d))) {
        sleep_until(p->arrives);
        for (size_t sent = 0; sent < p->size;) {
            const ssize_t done = send(d->to, p->bytes + sent, p->size - sent, MSG_NOSIGNAL);
            if (done < 0)
                break;
            sent += (size_t)done;
        }
        free(p);
    }
    shutdown(d->to, SHUT_WR);
    return NULL;
}

static void start(void *(*run)(void *), void *data)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, data) != 0)
        fail("a thread", "not started");
    pthread_detach(thread);
}

static void start_direction(int from, int to)
{
    const int on = 1;
    direction *d = allocate(1, sizeof *d);
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *d = (direction){
        .from = from, .to = to, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    start(read_direction, d);
    start(write_direction, d);
}

static struct sockaddr_in loopback(in_port_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
}

/* Connections live until the program ends. */
static void *accept_all(void *data)
{
    const int listener = *(const int *)data;
    int client;
    while ((client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        const struct sockaddr_in address = loopback(target_port);
        const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (server < 0 || connect(server, (const struct sockaddr *)&address, sizeof address) != 0)
            fail("the target of the link", strerrordesc_np(errno));
        start_direction(client, server);
        start_direction(server, client);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    static int listener;
    if (argc != 4)
        fail(argv[0], "usage: boxd-bench-link TARGET_PORT ROUND_TRIP_MS MBIT_PER_S");
    target_port = (in_port_t)atoi(argv[1]);
    delay_s = atof(argv[2]) / 2000;
    bytes_per_s = atof(argv[3]) * 1e6 / 8;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        fail("the link", strerrordesc_np(errno));
    start(accept_all, &listener);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    _exit(0);
}
