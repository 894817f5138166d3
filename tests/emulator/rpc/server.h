/*
 * server.h: the gRPC listener, and each call from its arrival to its handler. Core thread only.
 */
#ifndef EMULATOR_RPC_SERVER_H
#define EMULATOR_RPC_SERVER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *host;
    /* 0: the kernel chooses. */
    int port;
    int max_receive_bytes, max_concurrent_streams;
    /* Added to every unary call. */
    int64_t latency_ms;
    /* NULL: plaintext. */
    const char *cert_pem, *key_pem;
    /* NULL: clients need no certificate. */
    const char *client_ca_pem;
} server_options;

/* The port, or a negative number and an error message. */
int server_start(const server_options *options, char *why, unsigned why_size);

/* Refuses new calls and cancels those in flight. `drained` runs when the listener is closed and gRPC has
 * released every call. */
void server_shutdown(void (*drained)(void));
void server_destroy(void); /* after `drained` */

#endif
