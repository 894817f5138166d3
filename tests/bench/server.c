/* The lean server: its port, its threads and its end. */
#include "server.h"

#include "contestant.h"

#include <grpc/grpc_security.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#if __has_include(<grpc/credentials.h>) /* in newer gRPC */
#include <grpc/credentials.h>
#endif

enum {
    MAX_WORKERS = 8,
    /* Calls that one thread waits for at a time. */
    WHOAMI_SLOTS = 256,
    STREAM_SLOTS = 64,
    /* What a client may send on a stream ahead of the server, so that uploads do not wait for the server. */
    WINDOW_BYTES = 32 * 1024 * 1024
};

static grpc_arg number(char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = key, .value.integer = value};
}

static grpc_server *new_server(void)
{
    char window[] = GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, largest[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
    grpc_arg args[] = {number(window, WINDOW_BYTES), number(largest, -1)};
    const grpc_channel_args all = {sizeof args / sizeof *args, args};
    return grpc_server_create(&all, NULL);
}

static int listen_on_loopback(grpc_server *server)
{
    grpc_server_credentials *plain = grpc_insecure_server_credentials_create();
    const int port = grpc_server_add_http2_port(server, "127.0.0.1:0", plain);
    grpc_server_credentials_release(plain);
    if (port == 0)
        fail("the server", "no port");
    return port;
}

static void *serve(void *data)
{
    worker *w = data;
    for (int i = 0; i < WHOAMI_SLOTS; i++)
        whoami_accept(w);
    for (int i = 0; i < STREAM_SLOTS; i++)
        stream_accept(w);
    for (;;) {
        const grpc_event next =
            grpc_completion_queue_next(w->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        event *e = next.tag;
        e->run(e, next.success != 0);
    }
    return NULL;
}

/* Prints its ports, and serves until standard input ends, so that it never outlives the driver. */
int main(int argc, char **argv)
{
    static worker workers[MAX_WORKERS];
    const int count = argc > 1 ? atoi(argv[1]) : 2;
    if (count < 1 || count > MAX_WORKERS)
        fail(argv[0], "usage: boxd-bench-server [THREADS]");
    grpc_init();
    grpc_server *server = new_server();
    void *whoami = grpc_server_register_method(server, "/boxd.api.v1.BoxdApi/Whoami", NULL,
                                               GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    for (int i = 0; i < count; i++) {
        workers[i] = (worker){server, grpc_completion_queue_create_for_next(NULL), whoami};
        grpc_server_register_completion_queue(server, workers[i].queue, NULL);
    }
    const int port = listen_on_loopback(server);
    printf("%d %d\n", port, http2_serve());
    fflush(stdout);
    grpc_server_start(server);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve, &workers[i]);
    }
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    _exit(0);
}
