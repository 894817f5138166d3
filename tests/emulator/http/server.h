/*
 * server.h: the HTTP server: the token exchange, the control routes under /emulator/ if there is a control
 * token, and a handler for all other paths. Each connection has a thread, so that an injected delay blocks
 * only its own client.
 */
#ifndef EMULATOR_HTTP_SERVER_H
#define EMULATOR_HTTP_SERVER_H

#include <stdbool.h>

#include "http/http.h"

typedef struct {
    const char *host;
    /* 0: the kernel chooses. */
    int port;
    /* NULL: plaintext. */
    const char *cert_pem, *key_pem;
    /* NULL: no control routes. */
    const char *control_token;
    /* Gets the requests below HTTP_CONTROL_PREFIX whose token is right. */
    http_handler *control;
    /* Gets the requests for all other paths; NULL: 404. A connection that is idle for idle_ms after such a
     * response is closed (0: never), and so is each connection after a 500. */
    http_handler *fallback;
    int64_t idle_ms;
} http_options;

#define HTTP_CONTROL_PREFIX "/emulator/"

int http_start(const http_options *options, char *why, unsigned why_size); /* the port, or -1 */
void http_stop(void);

#endif
