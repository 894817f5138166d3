/*
 * server.h: the lean server: it answers Whoami, streams of Exec and of files, and takes uploads, with as
 * little work per message as the gRPC C core allows. It keeps no state and checks no token.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <grpc/grpc.h>
#include <stdbool.h>

/* What a completion queue of the server returns. */
typedef struct event event;
struct event {
    void (*run)(event *e, bool ok);
};

/* One thread with its completion queue. */
typedef struct worker {
    grpc_server *server;
    grpc_completion_queue *queue;
    /* The registered method Whoami. */
    void *whoami;
} worker;

/* Waits for one call, answers it, and waits for the next one. */
void whoami_accept(worker *w);

/* Waits for one call of any other method. */
void stream_accept(worker *w);

/* Serves Whoami on a second port, with threads of its own, and returns the port. */
int http2_serve(void);

#endif
