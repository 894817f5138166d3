/*
 * server.h: the gRPC listener and the way of a call from its arrival to its handler. Core thread only.
 */
#ifndef EMULATOR_RPC_SERVER_H
#define EMULATOR_RPC_SERVER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *host;
    int port; /* 0: chosen by the kernel */
    int max_receive_bytes, max_concurrent_streams;
    int64_t latency_ms;             /* added to every unary answer */
    const char *cert_pem, *key_pem; /* NULL: plaintext */
    const char *client_ca_pem;      /* NULL: clients need no certificate */
} server_options;

/* The port, or a negative number and a sentence. */
int server_start(const server_options *options, char *why, unsigned why_size);

/* Refuses new calls and cancels those in flight; `drained` runs when the listener is closed and gRPC has let
 * go of every call. */
void server_shutdown(void (*drained)(void));
void server_destroy(void); /* after `drained` */

#endif
