/*
 * sockets.h: the sockets of a multi handle, and which of them are idle. All functions: poller's thread.
 */
#ifndef BOXD_HTTP_SOCKETS_H
#define BOXD_HTTP_SOCKETS_H

#include "linked_list.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed at first; cleared once libcurl has closed all sockets. */
typedef struct http_sockets {
    linked_list all;
    /* Sockets that were not shut down. */
    size_t count;
    /* An exchange uses an unknown socket: no socket may be taken for idle. */
    bool blind;
    /* The exchange that used the socket closed last, and what it received there. */
    const void *last_user;
    uint64_t last_received;
    /* A copy of `count` for other threads; or NULL. */
    atomic_uint_fast64_t *counter;
} http_sockets;

/* Opens a socket that is closed on exec, for `user`. -1: errno says why not. */
int http_socket_open(http_sockets *s, int family, int type, int protocol, void *user);
int http_socket_close(http_sockets *s, int fd);

/* Forgets the sockets that libcurl has closed without calling http_socket_close(). */
void http_sockets_clear(http_sockets *s);

/* The exchange that uses the socket; NULL: none. */
void *http_socket_user(const http_sockets *s, int fd);

/* The bytes that `user` received on the socket that was closed last; 0: it used another one.
 * RECEIVED_UNKNOWN: not every system counts them. */
#define RECEIVED_UNKNOWN UINT64_MAX
uint64_t http_sockets_received(const http_sockets *s, const void *user);

typedef enum socket_use {
    SOCKET_NEW,
    SOCKET_REUSED,
    /* The socket was idle and is closed, by the peer or by a function below, and must not be used. */
    SOCKET_CLOSED
} socket_use;

/* From now on `user` uses the socket with this local port; for a socket that libcurl reuses, only the port
 * is known. libcurl does not always look at a socket before it reuses the socket: from 8.22 on it does so
 * once a second, and over TLS it takes a connection for alive as long as there are bytes to read. */
socket_use http_socket_use(http_sockets *s, int local_port, void *user);

/* `user` stops using its sockets at `now_ns`. */
void http_sockets_leave(http_sockets *s, const void *user, int64_t now_ns);

/* Shuts down the sockets that are idle since `since_ns` or longer. Returns since when the next one is idle;
 * CLOCK_NEVER: there is none. */
int64_t http_sockets_close_idle(http_sockets *s, int64_t since_ns);

/* Shuts down idle sockets beyond the first `kept`, so that libcurl does not use them again: libcurl has no
 * such limit. */
void http_sockets_trim(http_sockets *s, size_t kept);

#endif
