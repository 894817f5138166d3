/*
 * bad_server.h: a TCP server in a thread of the test, on a free loopback port, that misbehaves as its acts
 * say.
 */
#ifndef E2E_BAD_SERVER_H
#define E2E_BAD_SERVER_H

#include <stddef.h>

typedef enum bad_behaviour {
    BAD_CLOSE,  /* closes the connection at once */
    BAD_SILENT, /* reads, and never says anything */
    BAD_BYTES,  /* sends the bytes at once, then closes */
    BAD_HTTP,   /* reads one HTTP request with its body, sends the bytes, then closes */
    BAD_DRIP,   /* the same, one byte every 20 ms */
    BAD_RESET,  /* the same, at once, but the connection is reset */
    BAD_KEEP,   /* sends the bytes for each request, and keeps the connection */
    BAD_HOLD    /* the same, each once bad_server_release() allows it */
} bad_behaviour;

/* What one connection meets. */
typedef struct bad_act {
    bad_behaviour behaviour;
    /* BAD_KEEP: the connection is closed at the request after this many; 0: at no request. */
    int answers;
    /* What is sent; or NULL. */
    const char *text;
    /* Of `text`; 0: it is NUL-terminated. */
    size_t size;
    /* BAD_DRIP: the number of bytes before the first pause. */
    size_t at_once;
} bad_act;

typedef struct bad_server bad_server;

/* Starts one: connection n meets acts[n], all after the last act meet that. The texts must outlive it; the
 * acts are copied. Aborts the test program when it cannot start. */
bad_server *bad_server_start(const bad_act *acts, size_t count);

/* The same for every connection. */
bad_server *bad_server_start_one(bad_behaviour behaviour, const char *text);

int bad_server_port(const bad_server *server);

/* What it counts. */
typedef enum bad_count {
    BAD_CONNECTIONS, /* accepted */
    BAD_OPEN,        /* accepted, and not yet closed by both sides */
    BAD_MOST_OPEN,   /* the most at a time */
    BAD_REQUESTS,    /* that came whole */
    BAD_ENDED,       /* connections whose end it has sent */
    BAD_COUNTS
} bad_count;

/* Any thread. */
int bad_server_count(bad_server *server, bad_count what);

/* How many connections it has accepted. Any thread. */
int bad_server_connections(bad_server *server);

/* Waits until the count is exactly that. */
void bad_server_wait(bad_server *server, bad_count what, int count);

/* Request n in the order in which they came; it lives as long as the server. Aborts when there is none. */
const char *bad_server_request(bad_server *server, int n);

/* BAD_HOLD: sends `answers` more answers, the oldest request first. */
void bad_server_release(bad_server *server, int answers);

/* Closes all, and ends the thread. NULL: no effect. */
void bad_server_stop(bad_server *server);

/* A port that refuses connections while the returned descriptor is open. */
int bad_server_closed_port(int *port);

#endif
