/*
 * tls_closing_server.h: an HTTPS server that answers one request on each connection without announcing a
 * close, then sends close_notify and closes the connection, at once or when the next request arrives.
 */
#ifndef E2E_DRUKBOX_TLS_FAREWELL_H
#define E2E_DRUKBOX_TLS_FAREWELL_H

typedef struct tls_closing_server tls_closing_server;

/* Starts the server with a certificate and its key, PEM files. `answer` must outlive the server. Aborts the
 * test program on failure. */
tls_closing_server *tls_closing_server_start(const char *certificate, const char *key, const char *answer,
                                             int *port);

/* From now on connections are closed when their second request arrives. */
void tls_closing_server_close_late(tls_closing_server *server);

/* Waits until the server has closed one more connection. */
void tls_closing_server_wait(tls_closing_server *server);

/* Stops the server. Returns the number of requests that it received. */
int tls_closing_server_stop(tls_closing_server *server);

#endif
