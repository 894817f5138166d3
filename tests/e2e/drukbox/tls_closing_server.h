/*
 * tls_closing_server.h: an HTTPS server that answers one request on each connection, as if more were welcome,
 * and then says farewell: by TLS's own word, and by closing the connection.
 */
#ifndef E2E_DRUKBOX_TLS_FAREWELL_H
#define E2E_DRUKBOX_TLS_FAREWELL_H

typedef struct tls_closing_server tls_closing_server;

/* With a certificate and its key, PEM files. Aborts the test program when it cannot start. */
tls_closing_server *tls_closing_server_start(const char *certificate, const char *key, int *port);

/* Waits until it has closed one more connection. */
void tls_closing_server_wait(tls_closing_server *server);

/* How many requests came. */
int tls_closing_server_stop(tls_closing_server *server);

#endif
