/*
 * bad_server.h: a TCP server in a thread of the test, on a free loopback port, that misbehaves as its
 * acts say.
 */
#ifndef E2E_BAD_SERVER_H
#define E2E_BAD_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum bad_behaviour {
    BAD_CLOSE,  /* closes the connection at once */
    BAD_SILENT, /* reads and never sends anything */
    BAD_BYTES,  /* sends the bytes at once, then closes */
    BAD_HTTP,   /* reads one HTTP request with its body, sends the bytes, then closes */
    BAD_DRIP,   /* the same, one byte every 20 ms */
    BAD_RESET,  /* the same, but all at once and with a reset of the connection */
    BAD_KEEP,   /* sends the bytes for each request, and keeps the connection */
    BAD_HOLD    /* sends the bytes for each request once bad_server_release() allows it */
} bad_behaviour;

/* How one connection is handled. */
typedef struct bad_act {
    bad_behaviour behaviour;
    /* BAD_KEEP: closes the connection at the request after this many requests; 0: never. */
    int answers;
    /* With `answers`: the bytes to send before that close; or NULL. */
    const char *last;
    /* The bytes to send; or NULL. */
    const char *text;
    /* The size of `text`; 0: `text` is NUL-terminated. */
    size_t size;
    /* BAD_DRIP: the number of bytes before the first pause. */
    size_t at_once;
    /* BAD_KEEP, BAD_RESET: answers once so many bytes of the request have arrived; 0: all of them. */
    size_t early;
    /* With `early`: reads nothing after its answer. */
    bool deaf;
    /* With `answers`: the server stops listening with that close. */
    bool then_stop;
} bad_act;

typedef struct bad_server bad_server;

/* Starts a server: connection n is handled by acts[n], and all later connections by the last act. The texts
 * must outlive the server; the acts are copied. Aborts the test program on failure. */
bad_server *bad_server_start(const bad_act *acts, size_t count);

/* Starts a server that handles every connection by one act. */
bad_server *bad_server_start_one(bad_behaviour behaviour, const char *text);

int bad_server_port(const bad_server *server);

/* The counters of the server. */
typedef enum bad_count {
    BAD_CONNECTIONS, /* accepted connections */
    BAD_OPEN,        /* accepted connections that are not closed by both sides */
    BAD_MOST_OPEN,   /* the largest number of open connections */
    BAD_REQUESTS,    /* complete requests */
    BAD_ENDED,       /* connections that the server has ended */
    BAD_COUNTS
} bad_count;

/* Any thread. */
int bad_server_count(bad_server *server, bad_count what);

/* How many connections it has accepted. Any thread. */
int bad_server_connections(bad_server *server);

/* Waits until the counter has exactly this value. */
void bad_server_wait(bad_server *server, bad_count what, int count);

/* Request n, in order of arrival; valid as long as the server. Aborts if there is no such request. */
const char *bad_server_request(bad_server *server, int n);

/* BAD_HOLD: sends `answers` more answers, to the oldest requests first. */
void bad_server_release(bad_server *server, int answers);

/* Closes all connections and ends the thread. NULL: no effect. */
void bad_server_stop(bad_server *server);

/* A port that refuses connections while the returned descriptor is open. */
int bad_server_closed_port(int *port);

#endif
