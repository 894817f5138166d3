/*
 * http_sockets.h: the sockets of a multi handle, and which of them nobody uses. All: poller's thread.
 */
#ifndef BOXD_HTTP_SOCKETS_H
#define BOXD_HTTP_SOCKETS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct http_socket http_socket;

/* Zeroed at first; cleared once libcurl has closed all. */
typedef struct http_sockets {
    http_socket *first;
    size_t count;                  /* without those that were shut down */
    bool blind;                    /* somebody uses one, and it is not known which */
    atomic_uint_fast64_t *counter; /* the same, for other threads; or NULL */
} http_sockets;

/* Opens one that is closed on exec, for `user`. -1: it cannot, as errno says. */
int http_socket_open(http_sockets *s, int family, int type, int protocol, const void *user);
int http_socket_close(http_sockets *s, int fd);

/* Forgets those that libcurl has closed without a word. */
void http_sockets_clear(http_sockets *s);

/* `user` has the one with that port from now on; libcurl tells nothing better of one that it uses again. */
void http_socket_use(http_sockets *s, int local_port, const void *user);

/* `user` is done with those it has. */
void http_sockets_leave(http_sockets *s, const void *user);

/* Shuts down what nobody uses beyond `most`, which libcurl then uses no more; it has no such limit itself. */
void http_sockets_trim(http_sockets *s, size_t most);

/* Whatever a server says on a connection that nobody uses is that it goes away. Over TLS libcurl does not
 * notice: it takes a connection for alive as long as there is something to read. So it is read here, and the
 * socket is shut down, which libcurl does notice. */
void http_sockets_hear_farewells(http_sockets *s);

#endif
