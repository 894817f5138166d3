/*
 * bad_server.h: a TCP server in a thread of the test that misbehaves as it is told, on a free loopback port.
 */
#ifndef E2E_BAD_SERVER_H
#define E2E_BAD_SERVER_H

#include <stddef.h>

typedef enum bad_behaviour {
    BAD_CLOSE,  /* closes the connection at once */
    BAD_SILENT, /* reads, and never says anything */
    BAD_BYTES,  /* sends the bytes at once, then closes */
    BAD_HTTP,   /* reads one HTTP request with its body, sends the bytes, then closes */
    BAD_DRIP    /* the same, one byte every 20 ms */
} bad_behaviour;

/* What one connection meets. */
typedef struct bad_act {
    bad_behaviour behaviour;
    const char *text; /* what is sent, NUL-terminated; or NULL */
} bad_act;

typedef struct bad_server bad_server;

/* Starts one: connection n meets acts[n], all after the last act meet that. The texts must outlive it; the
 * acts are copied. Aborts the test program when it cannot start. */
bad_server *bad_server_start(const bad_act *acts, size_t count);

/* The same for every connection. */
bad_server *bad_server_start_one(bad_behaviour behaviour, const char *text);

int bad_server_port(const bad_server *server);

/* How many connections it has accepted. Any thread. */
int bad_server_connections(const bad_server *server);

/* The last request that was there as a whole, before its answer went out, as it came; "" before the first.
 * Valid until the next. Any thread. */
const char *bad_server_request(bad_server *server);

/* Closes all, and ends the thread. NULL: no effect. */
void bad_server_stop(bad_server *server);

/* A port that nobody can listen on while the returned descriptor is open: connections are refused. */
int bad_server_closed_port(int *port);

#endif
