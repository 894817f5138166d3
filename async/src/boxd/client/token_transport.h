/*
 * token_transport.h: how auth.c sends its HTTP requests: a table of functions, so that unit tests can answer
 * them.
 */
#ifndef BOXD_TOKEN_TRANSPORT_H
#define BOXD_TOKEN_TRANSPORT_H

#include "boxd/client/config.h"
#include "http/client.h"

typedef struct token_transport {
    /* As http_send(). */
    boxd_status (*send)(void *state, const http_request *request, loop *home, http_done_fn done, void *data,
                        boxd_error *error);
    /* As http_client_free(). */
    void (*close)(void *state);
    void *state;
} token_transport;

/* The transport of a client: libcurl on a thread of its own. */
boxd_status token_transport_open(token_transport *out, const config *settings, boxd_error *error);

#endif
